/// Moves bytes under keys: a directory or an S3 bucket, seen alike.
///
/// A store knows nothing of segments. It never retries by itself beyond what its calls say, never
/// logs, and may be used from any number of tasks. Every implementation passes the one contract
/// suite in `Tests/SharedTests/ObjectStore`.
package protocol ObjectStore: Sendable {
    /// As an operator wrote it: `file:///path` or `s3://bucket/prefix`.
    var name: String { get }

    /// Stores `body` under `key`, and returns only once the store has been seen to hold exactly
    /// these bytes: it returned the checksum that was computed here, or the object was read back.
    ///
    /// On return the object is durable, by what the store understands by that.
    ///
    /// - Throws: `preconditionFailed` where `condition` does not hold, and then nothing was
    ///   written; `checksumMismatch` where the store holds other bytes than were sent.
    func put(
        _ body: ObjectBody, at key: ObjectKey, if condition: WriteCondition
    ) async throws(ObjectStoreError) -> StoredObject

    /// Reads an object, or the bytes of `range`, into memory.
    ///
    /// - Parameters:
    ///   - range: offsets from the start of the object. It may reach past the end, but must begin
    ///     before it.
    ///   - etag: where given, the version that must still be there.
    /// - Throws: `notFound`; `preconditionFailed` where another version is there;
    ///   `rangeNotSatisfiable`.
    func get(
        _ key: ObjectKey, range: Range<Int>?, matching etag: ETag?
    ) async throws(ObjectStoreError) -> ObjectContent

    /// Writes an object to the local file `path`, which is created or replaced, without holding it
    /// in memory.
    ///
    /// - Throws: `notFound`, and then `path` may hold anything.
    func fetch(_ key: ObjectKey, to path: String) async throws(ObjectStoreError) -> StoredObject

    /// What is stored under `key` without reading it, or nil where nothing is.
    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject?

    /// The keys that begin with `prefix`, ascending by their bytes, in pages of at most
    /// ``ObjectPage/entriesMax``.
    ///
    /// - Parameters:
    ///   - prefix: any text, the empty one included; it need not end at a `/`.
    ///   - after: only keys greater than this one.
    func list(
        _ prefix: String, after: ObjectKey?
    ) async throws(ObjectStoreError) -> ObjectPage

    /// Removes an object. No error where there is none.
    func delete(_ key: ObjectKey) async throws(ObjectStoreError)
}

/// What a put sends.
package enum ObjectBody: Sendable {
    case bytes([UInt8])
    /// A file that does not change while it is sent, with its size in bytes and its digest.
    case file(path: String, bytes: Int, digest: ContentDigest)
}

/// What must hold for a put to be carried out.
package enum WriteCondition: Hashable, Sendable {
    case always
    /// Nothing is stored under the key (`If-None-Match: *`).
    case absent
    /// This version is (`If-Match`).
    case matches(ETag)
}

/// A store's name for one version of one object. Opaque: it is compared, and nothing else.
package struct ETag: Hashable, Sendable {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }
}

extension ETag: Codable {
    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// One version of one object, without its bytes.
package struct StoredObject: Hashable, Sendable {
    package var key: ObjectKey
    package var bytes: Int
    package var etag: ETag
    /// The SHA-256 of the whole object, where the store told it or it was computed on the way.
    package var digest: ContentDigest?

    package init(key: ObjectKey, bytes: Int, etag: ETag, digest: ContentDigest?) {
        self.key = key
        self.bytes = bytes
        self.etag = etag
        self.digest = digest
    }
}

/// Bytes that were read, and the version they are of.
package struct ObjectContent: Sendable {
    package var bytes: [UInt8]
    package var etag: ETag

    package init(bytes: [UInt8], etag: ETag) {
        self.bytes = bytes
        self.etag = etag
    }
}

/// Some keys of a listing, ascending.
package struct ObjectPage: Sendable {
    /// The page size of S3.
    package static let entriesMax = 1000

    package var objects: [StoredObject]
    /// Whether greater keys are left. They follow ``objects``' last.
    package var hasMore: Bool

    package init(objects: [StoredObject], hasMore: Bool) {
        self.objects = objects
        self.hasMore = hasMore
    }
}

extension ObjectStore {
    package func get(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectContent {
        try await get(key, range: nil, matching: nil)
    }

    /// The keys that begin with `prefix`, all pages.
    ///
    /// - Parameter after: only keys greater than this one.
    package func listAll(
        _ prefix: String, after: ObjectKey? = nil
    ) async throws(ObjectStoreError) -> [StoredObject] {
        var objects: [StoredObject] = []
        var page = try await list(prefix, after: after)
        objects += page.objects
        while page.hasMore, let last = page.objects.last {
            page = try await list(prefix, after: last.key)
            objects += page.objects
        }
        return objects
    }
}
