import Shared

/// Local copies of small objects of a store, kept by key and version, and what was worked out from
/// them.
///
/// A copy is made beside and renamed, so several processes may share a cache. What is in it can be
/// thrown away at any time, and what was damaged in it is known by its digest.
struct StoreCache: Sendable {
    let store: any ObjectStore
    private let directory: String

    /// - Parameter root: the cache of all stores; each gets a folder of its own.
    init(store: any ObjectStore, root: String) throws {
        self.store = store
        let digest = ContentDigest(of: Array(store.name.utf8)).hex
        directory = "\(root)/\(digest.prefix(Self.digitCount))"
        try LocalDirectory.ensure(directory)
    }

    private static let digitCount = 16

    /// The path of a copy of this version of the object.
    ///
    /// - Throws: `preconditionFailed` where the store holds another version by now.
    func path(of object: StoredObject) async throws -> String {
        let path = path(object.key, object.etag)
        // A copy that was cut short by a loss of power is known by its length.
        if LocalDirectory.bytes(of: path) == object.bytes { return path }
        let temporary = try temporaryPath(path)
        defer { try? LocalDirectory.remove(temporary) }
        let fetched = try await store.fetch(object.key, to: temporary)
        guard fetched.etag == object.etag else {
            throw ObjectStoreError(
                .preconditionFailed, "\(store.name): \(object.key): was replaced meanwhile")
        }
        let digest = try fetched.digest ?? ContentDigest.ofFile(temporary).digest
        try remember(digest, of: object.key, object.etag)
        try LocalFile.read(temporary).sync()
        try LocalDirectory.rename(temporary, to: path)
        return path
    }

    /// The path of a copy that is what was fetched: for what is built upon it.
    func provenPath(of object: StoredObject) async throws -> String {
        let path = try await path(of: object)
        if remembered(object) == (try ContentDigest.ofFile(path).digest) { return path }
        try LocalDirectory.remove(path)
        return try await self.path(of: object)
    }

    /// Removes the copies of other versions of the object.
    func removeOthers(than object: StoredObject) throws {
        let current = path(object.key, object.etag)
        guard let folder = LocalDirectory.parent(of: current) else { return }
        for entry in try LocalDirectory.list(folder) {
            let path = "\(folder)/\(entry.name)"
            if entry.name.hasPrefix("\(object.key.name)."), !path.hasPrefix(current) {
                try LocalDirectory.remove(path)
            }
        }
    }

    /// The bytes of this version of an object that is small. A directory is read as it is.
    func bytes(of object: StoredObject) async throws -> [UInt8] {
        if store is DirectoryObjectStore { return try await get(object) }
        let path = path(object.key, object.etag)
        if let bytes = CheckedFile.read(path) { return bytes }
        let bytes = try await get(object)
        try CheckedFile.write(bytes, to: path)
        return bytes
    }

    private func get(_ object: StoredObject) async throws(ObjectStoreError) -> [UInt8] {
        try await store.get(object.key, range: nil, matching: object.etag).bytes
    }

    /// The SHA-256 of an object, asked for or computed once for each version.
    func digest(of object: StoredObject) async throws -> ContentDigest {
        if let digest = object.digest { return digest }
        if let digest = remembered(object) { return digest }
        let digest = try await store.digest(of: object)
        try remember(digest, of: object.key, object.etag)
        return digest
    }

    /// Keeps what a put has just proved.
    func remember(_ digest: ContentDigest, of key: ObjectKey, _ etag: ETag) throws {
        try CheckedFile.write(Array(digest.hex.utf8), to: path(key, etag) + Self.digestSuffix)
    }

    private static let digestSuffix = ".sha256"

    private func remembered(_ object: StoredObject) -> ContentDigest? {
        CheckedFile.read(path(object.key, object.etag) + Self.digestSuffix)
            .flatMap { ContentDigest(hex: String(decoding: $0, as: UTF8.self)) }
    }

    // MARK: What was worked out

    /// What was worked out from objects; nil where nothing was kept, or it is damaged.
    ///
    /// - Parameter name: names what was worked out, and with it or in it the version of the objects.
    func kept(as name: String) -> [UInt8]? { CheckedFile.read("\(directory)/\(name)") }

    func keep(_ bytes: [UInt8], as name: String) throws {
        try CheckedFile.write(bytes, to: "\(directory)/\(name)")
    }

    /// A folder for files that are made from objects of the store.
    func folder(_ name: String) throws -> String {
        try LocalDirectory.ensure("\(directory)/\(name)")
        return "\(directory)/\(name)"
    }

    private func path(_ key: ObjectKey, _ etag: ETag) -> String {
        let version = ContentDigest(of: Array(etag.text.utf8)).hex.prefix(Self.digitCount)
        return "\(directory)/\(key.path).\(version)"
    }

    private func temporaryPath(_ path: String) throws -> String {
        if let folder = LocalDirectory.parent(of: path) { try LocalDirectory.ensure(folder) }
        return "\(path).\(ListenerInstance.random().hex)"
    }
}
