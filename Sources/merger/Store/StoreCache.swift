import Shared

/// Local copies of small objects of a store, kept by key and version.
///
/// A copy is made beside and renamed, so several processes may share a cache. What is in it can be
/// thrown away at any time.
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
        if LocalDirectory.exists(path) { return path }
        let temporary = try temporaryPath(path)
        defer { try? LocalDirectory.remove(temporary) }
        let fetched = try await store.fetch(object.key, to: temporary)
        guard fetched.etag == object.etag else {
            throw ObjectStoreError(
                .preconditionFailed, "\(store.name): \(object.key): was replaced meanwhile")
        }
        try LocalDirectory.rename(temporary, to: path)
        return path
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

    func bytes(of object: StoredObject) async throws -> [UInt8] {
        try LocalFile.contents(of: try await path(of: object))
    }

    /// The SHA-256 of an object, asked for or computed once for each version.
    func digest(of object: StoredObject) async throws -> ContentDigest {
        if let digest = object.digest { return digest }
        let path = path(object.key, object.etag) + ".sha256"
        if let bytes = try? LocalFile.contents(of: path),
            let digest = ContentDigest(hex: String(decoding: bytes, as: UTF8.self))
        {
            return digest
        }
        let digest = try await store.digest(of: object)
        try remember(digest, of: object.key, object.etag)
        return digest
    }

    /// Keeps what a put has just proved.
    func remember(_ digest: ContentDigest, of key: ObjectKey, _ etag: ETag) throws {
        try write(Array(digest.hex.utf8), to: path(key, etag) + ".sha256")
    }

    /// What was worked out from an object that never changes; nil where nothing was kept.
    ///
    /// - Parameter name: names the object, its version and what was worked out.
    func kept(as name: String) -> [UInt8]? {
        try? LocalFile.contents(of: "\(directory)/\(name)")
    }

    func keep(_ bytes: [UInt8], as name: String) throws {
        try write(bytes, to: "\(directory)/\(name)")
    }

    /// A folder for files that are made from objects of the store.
    func folder(_ name: String) throws -> String {
        try LocalDirectory.ensure("\(directory)/\(name)")
        return "\(directory)/\(name)"
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = try temporaryPath(path)
        try LocalFile.replace(temporary).write(bytes)
        try LocalDirectory.rename(temporary, to: path)
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
