import Synchronization

/// A directory as an object store: one file an object, its key the path below the root.
///
/// Several processes on one machine may use it at once. Objects appear whole: they are written
/// beside, synced and read back before they get their name. An ETag is made of inode, size and time
/// of change, since every put makes a new file.
package struct DirectoryObjectStore: ObjectStore {
    package let root: String
    private let sweeping = Sweeping()

    package var name: String { "file://\(root)" }

    /// Names that begin so are not objects.
    private static let privatePrefix = ".tributary-"
    private static let lockName = privatePrefix + "lock"
    private static let copyBytesStep = 1 << 20
    /// What is half written for so long belongs to a process that was killed.
    private static let leftoverAge = Duration.seconds(86_400)

    /// - Parameter root: an absolute path. It is made when something is first put.
    package init(root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// Where an object lies, or would lie.
    package func localPath(of key: ObjectKey) -> String { path(key) }

    package func put(
        _ body: ObjectBody, at key: ObjectKey, if condition: WriteCondition
    ) async throws(ObjectStoreError) -> StoredObject {
        try await perform("cannot store \(key)") { try store(body, at: key, if: condition) }
    }

    package func get(
        _ key: ObjectKey, range: Range<Int>?, matching etag: ETag?
    ) async throws(ObjectStoreError) -> ObjectContent {
        try await perform("cannot read \(key)") {
            let file = try openObject(key)
            let version = ETag(try file.version)
            guard etag == nil || etag == version else {
                throw ObjectStoreError(.preconditionFailed, "\(name): \(key): has been replaced")
            }
            let size = try file.bytes
            guard range == nil || (range?.lowerBound ?? 0) < size else {
                throw ObjectStoreError(
                    .rangeNotSatisfiable, "\(name): \(key): has \(size) bytes only")
            }
            // What is asked for may be a claim, and is held in memory.
            let there = (range ?? 0..<size).clamped(to: 0..<size)
            return ObjectContent(bytes: try file.read(there), etag: version)
        }
    }

    package func fetch(
        _ key: ObjectKey, to path: String
    ) async throws(ObjectStoreError) -> StoredObject {
        try await perform("cannot fetch \(key)") {
            let source = try openObject(key)
            let (digest, bytes) = try copy(source, to: try LocalFile.replace(path))
            return StoredObject(
                key: key, bytes: bytes, etag: ETag(try source.version), digest: digest)
        }
    }

    package func head(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject? {
        try await perform("cannot inspect \(key)") { try inspect(key) }
    }

    package func list(
        _ prefix: String, after: ObjectKey?
    ) async throws(ObjectStoreError) -> ObjectPage {
        try await perform("cannot list \(prefix)") {
            var listing = Listing(prefix: prefix, after: after?.path ?? "", keys: [])
            try walk("", &listing)
            let hasMore = listing.keys.count > ObjectPage.entriesMax
            let objects = try listing.keys.prefix(ObjectPage.entriesMax).compactMap(inspect)
            return ObjectPage(objects: objects, hasMore: hasMore)
        }
    }

    package func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        try await perform("cannot delete \(key)") { try LocalDirectory.remove(path(key)) }
    }

    /// Does what may block for as long as a network mount hangs.
    private func perform<Value: Sendable>(
        _ failing: @escaping @autoclosure @Sendable () -> String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws(ObjectStoreError) -> Value {
        try await BlockingCall.run { () throws(ObjectStoreError) in
            do {
                return try body()
            } catch let error as ObjectStoreError {
                throw error
            } catch {
                throw ObjectStoreError(.localFile, "\(name): \(failing())", cause: error)
            }
        }
    }

    private func path(_ key: ObjectKey) -> String { "\(root)/\(key.path)" }

    private func openObject(_ key: ObjectKey) throws -> LocalFile {
        guard !LocalDirectory.isDirectory(path(key)) else {
            throw ObjectStoreError(.notFound, "\(name): \(key): is a directory")
        }
        do throws(LocalFileError) {
            return try LocalFile.read(path(key))
        } catch {
            guard error.code == .notFound else { throw error }
            throw ObjectStoreError(.notFound, "\(name): \(key): is not there")
        }
    }

    private func inspect(_ key: ObjectKey) throws(LocalFileError) -> StoredObject? {
        guard !LocalDirectory.isDirectory(path(key)) else { return nil }
        do {
            let file = try LocalFile.read(path(key))
            return StoredObject(
                key: key, bytes: try file.bytes, etag: ETag(try file.version), digest: nil)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}

// MARK: Writing

extension DirectoryObjectStore {
    private func store(
        _ body: ObjectBody, at key: ObjectKey, if condition: WriteCondition
    ) throws -> StoredObject {
        let target = path(key)
        let directory = LocalDirectory.parent(of: target) ?? "/"
        try LocalDirectory.ensure(directory)
        if sweeping.isFirst(directory) { Self.removeLeftovers(in: directory) }
        let suffix = ListenerInstance.random().hex
        let temporary = "\(directory)/\(Self.privatePrefix)\(suffix)"
        // Where it got its name this only removes a second one.
        defer { try? LocalDirectory.remove(temporary) }
        let (digest, bytes) = try write(body, to: temporary)
        let readBack = try ContentDigest.ofFile(temporary)
        guard readBack.digest == digest else {
            throw ObjectStoreError(
                .checksumMismatch,
                "\(name): \(key): the disk returned other bytes than were written")
        }
        try give(temporary, the: key, if: condition)
        try LocalDirectory.sync(directory)
        let file = try LocalFile.read(target)
        return StoredObject(key: key, bytes: bytes, etag: ETag(try file.version), digest: digest)
    }

    /// - Returns: what was written, synced.
    private func write(
        _ body: ObjectBody, to path: String
    ) throws -> (digest: ContentDigest, bytes: Int) {
        let target = try LocalFile.create(path)
        switch body {
        case .bytes(let bytes):
            try target.write(bytes)
            try target.sync()
            return (ContentDigest(of: bytes), bytes.count)
        case .file(let source, let bytes, let digest):
            let copied = try copy(try LocalFile.read(source), to: target)
            guard copied.digest == digest, copied.bytes == bytes else {
                throw ObjectStoreError(
                    .checksumMismatch, "\(source): has changed: \(copied.bytes) bytes, not \(bytes)"
                )
            }
            return copied
        }
    }

    private func give(
        _ temporary: String, the key: ObjectKey, if condition: WriteCondition
    ) throws {
        switch condition {
        case .absent:
            do throws(LocalFileError) {
                try LocalDirectory.link(temporary, to: path(key))
            } catch {
                guard error.code == .exists else { throw error }
                throw ObjectStoreError(.preconditionFailed, "\(name): \(key): is there already")
            }
        case .always, .matches:
            let lock = try LocalFile.lockable("\(root)/\(Self.lockName)")
            defer { withExtendedLifetime(lock) {} }
            try lock.waitForLock()
            if case .matches(let etag) = condition, try inspect(key)?.etag != etag {
                throw ObjectStoreError(.preconditionFailed, "\(name): \(key): has been replaced")
            }
            try LocalDirectory.rename(temporary, to: path(key))
        }
    }

    /// Copies to the end and syncs.
    private func copy(
        _ source: LocalFile, to target: LocalFile
    ) throws(LocalFileError) -> (digest: ContentDigest, bytes: Int) {
        var builder = DigestBuilder()
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.copyBytesStep, alignment: 1)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try source.read(into: buffer, at: offset)
            if count == 0 { break }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            builder.update(piece)
            try target.write(piece)
            offset += count
        }
        try target.sync()
        return (builder.digest, offset)
    }
}

// MARK: Leftovers

extension DirectoryObjectStore {
    /// Which directories this process has swept: a put must not pay for a listing each time.
    private final class Sweeping: Sendable {
        private let directories = Mutex<Set<String>>([])

        func isFirst(_ directory: String) -> Bool {
            directories.withLock { $0.insert(directory).inserted }
        }
    }

    /// Nothing depends on it: what cannot be removed stays, and no put fails for it.
    private static func removeLeftovers(in directory: String) {
        for entry in (try? LocalDirectory.list(directory)) ?? [] {
            let path = "\(directory)/\(entry.name)"
            guard isTemporary(entry.name), let changed = LocalDirectory.lastChange(of: path),
                changed.duration(to: .now) > leftoverAge
            else { continue }
            try? LocalDirectory.remove(path)
        }
    }

    private static func isTemporary(_ name: String) -> Bool {
        name.hasPrefix(privatePrefix)
            && ListenerInstance(hex: name.dropFirst(privatePrefix.count)) != nil
    }
}

// MARK: Listing

extension DirectoryObjectStore {
    private struct Listing {
        var prefix: String
        var after: String
        var keys: [ObjectKey]

        var isFull: Bool { keys.count > ObjectPage.entriesMax }
    }

    /// Appends the keys below `directory` in order.
    ///
    /// - Parameter directory: empty, or a key and a `/`.
    private func walk(_ directory: String, _ listing: inout Listing) throws(LocalFileError) {
        let entries: [LocalDirectory.Entry]
        do throws(LocalFileError) {
            entries = try LocalDirectory.list("\(root)/\(directory)")
        } catch {
            guard error.code == .notFound else { throw error }
            return
        }
        // Keys are compared as a whole, where a directory's name goes on with a `/`.
        let names = entries.filter { !$0.name.hasPrefix(Self.privatePrefix) }
            .map { (path: directory + $0.name + ($0.isDirectory ? "/" : ""), $0.isDirectory) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        for (path, isDirectory) in names where !listing.isFull {
            if isDirectory {
                guard path.hasPrefix(listing.prefix) || listing.prefix.hasPrefix(path) else {
                    continue
                }
                let isBehind =
                    listing.after.hasPrefix(path)
                    || listing.after.utf8.lexicographicallyPrecedes(path.utf8)
                if isBehind { try walk(path, &listing) }
            } else if path.hasPrefix(listing.prefix),
                listing.after.utf8.lexicographicallyPrecedes(path.utf8),
                let key = ObjectKey(path)
            {
                listing.keys.append(key)
            }
        }
    }
}
