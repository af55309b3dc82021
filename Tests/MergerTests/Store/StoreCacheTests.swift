import Shared
import TestSupport
import Testing

@testable import merger

struct StoreCacheTests {
    private func with(
        _ body: (DirectoryObjectStore, InterferingStore, StoreCache, TemporaryDirectory)
            async throws -> Void
    ) async throws {
        try await TemporaryDirectory.withFast { directory in
            let store = DirectoryObjectStore(root: directory.file("store"))
            let watched = InterferingStore(store) { _ in .none }
            let cache = try StoreCache(store: watched, root: directory.file("cache"))
            try await body(store, watched, cache, directory)
        }
    }

    private func key() throws -> ObjectKey { try #require(ObjectKey("index/date=x/index.sqlite")) }

    private func fetches(_ store: InterferingStore) -> Int {
        store.calls.count { $0.kind == .fetch || $0.kind == .get }
    }

    @Test func `a version is fetched once, and its successor again`() async throws {
        try await with { store, watched, cache, _ in
            let old = try await store.put(.bytes([1]), at: try key(), if: .absent)
            #expect(try await cache.bytes(of: old) == [1])
            #expect(try await cache.bytes(of: old) == [1])
            #expect(fetches(watched) == 1)
            let new = try await store.put(.bytes([2, 3]), at: try key(), if: .always)
            #expect(try await cache.bytes(of: new) == [2, 3])
            #expect(fetches(watched) == 2)
            // Who still asks for the old one gets that, and not what lies there now.
            #expect(try await cache.bytes(of: old) == [1])
        }
    }

    @Test func `a version that was replaced before it was fetched is a failed precondition`()
        async throws
    {
        try await with { store, _, cache, _ in
            let old = try await store.put(.bytes([1]), at: try key(), if: .absent)
            let new = try await store.put(.bytes([2]), at: try key(), if: .always)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await cache.bytes(of: old)
            }
            #expect(error?.code == .preconditionFailed)
            #expect(try await cache.bytes(of: new) == [2])
        }
    }

    @Test func `a digest is computed once for each version`() async throws {
        try await with { store, watched, cache, _ in
            _ = try await store.put(.bytes([1]), at: try key(), if: .absent)
            let old = try #require(try await store.head(try key()))
            #expect(try await cache.digest(of: old) == ContentDigest(of: [1]))
            let count = watched.calls.count
            #expect(try await cache.digest(of: old) == ContentDigest(of: [1]))
            #expect(watched.calls.count == count)
            _ = try await store.put(.bytes([2]), at: try key(), if: .always)
            let new = try #require(try await store.head(try key()))
            #expect(try await cache.digest(of: new) == ContentDigest(of: [2]))
        }
    }

    @Test func `what a put proved is not asked for again`() async throws {
        try await with { store, watched, cache, _ in
            let object = try await store.put(.bytes([1]), at: try key(), if: .absent)
            try cache.remember(ContentDigest(of: [1]), of: object.key, object.etag)
            let head = try #require(try await store.head(try key()))
            #expect(try await cache.digest(of: head) == ContentDigest(of: [1]))
            #expect(watched.calls.isEmpty)
        }
    }

    @Test func `a torn digest in the cache is computed again`() async throws {
        try await with { store, _, cache, directory in
            _ = try await store.put(.bytes([1]), at: try key(), if: .absent)
            let head = try #require(try await store.head(try key()))
            _ = try await cache.digest(of: head)
            let names = try Shell.text(["find", directory.file("cache"), "-name", "*.sha256"])
            try LocalFile.replace(names).write([0x61])
            #expect(try await cache.digest(of: head) == ContentDigest(of: [1]))
        }
    }

    @Test func `stores that share a cache do not see each other's copies`() async throws {
        try await TemporaryDirectory.withFast { directory in
            for name in ["one", "two"] {
                let store = DirectoryObjectStore(root: directory.file(name))
                let cache = try StoreCache(store: store, root: directory.file("cache"))
                let object = StoredObject(
                    key: try key(), bytes: 3, etag: ETag("same"), digest: nil)
                try cache.remember(
                    ContentDigest(of: Array(name.utf8)), of: object.key, object.etag)
                #expect(
                    try await cache.digest(of: object) == ContentDigest(of: Array(name.utf8)))
            }
        }
    }

    @Test func `nothing is left beside the copies, also after a failure`() async throws {
        try await TemporaryDirectory.withFast { directory in
            let store = DirectoryObjectStore(root: directory.file("store"))
            let object = try await store.put(.bytes([1]), at: try key(), if: .absent)
            let broken = InterferingStore(store) { call in
                call.kind == .fetch || call.kind == .get ? .loseReply : .none
            }
            let cache = try StoreCache(store: broken, root: directory.file("cache"))
            await #expect(throws: ObjectStoreError.self) { try await cache.bytes(of: object) }
            await #expect(throws: ObjectStoreError.self) { try await cache.path(of: object) }
            #expect(try Shell.text(["find", directory.file("cache"), "-type", "f"]) == "")
        }
    }

    // MARK: Damage

    /// Every file of the cache, of whatever store.
    private func files(_ directory: TemporaryDirectory) throws -> [String] {
        try Shell.text(["find", directory.file("cache"), "-type", "f"]).split(separator: "\n")
            .map(String.init)
    }

    @Test(arguments: [[], [0x61], Array("another content of some length, without a digest".utf8)])
    func `a copy that was damaged is fetched again`(damage: [UInt8]) async throws {
        try await with { store, watched, cache, directory in
            let object = try await store.put(.bytes([1, 2, 3]), at: try key(), if: .absent)
            #expect(try await cache.bytes(of: object) == [1, 2, 3])
            for path in try files(directory) { try LocalFile.replace(path).write(damage) }
            #expect(try await cache.bytes(of: object) == [1, 2, 3])
            #expect(fetches(watched) == 2)
        }
    }

    @Test func `a flipped byte of a copy or of its digest is seen where a copy must be proved`()
        async throws
    {
        try await with { store, watched, cache, directory in
            let object = try await store.put(.bytes([1, 2, 3]), at: try key(), if: .absent)
            _ = try await cache.provenPath(of: object)
            let paths = try files(directory)
            #expect(paths.count == 2)
            for (count, path) in paths.enumerated() {
                var bytes = try LocalFile.contents(of: path)
                bytes[bytes.count - 1] ^= 1
                try LocalFile.replace(path).write(bytes)
                let proven = try await cache.provenPath(of: object)
                #expect(try LocalFile.contents(of: proven) == [1, 2, 3])
                #expect(fetches(watched) == 2 + count)
            }
            _ = try await cache.provenPath(of: object)
            #expect(fetches(watched) == 3)
        }
    }

    @Test func `a note is there as it was kept, or not at all`() async throws {
        try await with { _, _, cache, directory in
            #expect(cache.kept(as: "a/b") == nil)
            try cache.keep([1, 2], as: "a/b")
            #expect(cache.kept(as: "a/b") == [1, 2])
            let path = try #require(try files(directory).first)
            let bytes = try LocalFile.contents(of: path)
            for index in bytes.indices {
                var flipped = bytes
                flipped[index] ^= 0x10
                try LocalFile.replace(path).write(flipped)
                #expect(cache.kept(as: "a/b") == nil)
                try LocalFile.replace(path).write(Array(bytes[..<index]))
                #expect(cache.kept(as: "a/b") == nil)
            }
        }
    }
}
