import Testing

@testable import Shared

extension ObjectStoreContractTests {
    @Test(arguments: TestStore.all)
    func `a file is put and fetched byte for byte`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let folder = try ScratchFolder()
        let bytes = [UInt8].pattern(3 << 20 | 17)
        let path = try folder.write(bytes, to: "sent")
        let body = ObjectBody.file(path: path, bytes: bytes.count, digest: .sha256(bytes))
        let stored = try await store.put(body, at: .sample, if: .absent)
        #expect(stored.digest == .sha256(bytes))

        try folder.write(
            "longer than what comes, if it were not emptied".repeated(90_000), to: "got")
        let fetched = try await store.fetch(.sample, to: "\(folder.path)/got")
        #expect(
            fetched
                == StoredObject(
                    key: .sample, bytes: bytes.count, etag: stored.etag, digest: .sha256(bytes)))
        #expect(try folder.read("got") == bytes)
    }

    @Test(arguments: TestStore.all)
    func `a file that is not what its digest says is refused`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let folder = try ScratchFolder()
        let path = try folder.write("damaged on the disk", to: "sent")
        let body = ObjectBody.file(path: path, bytes: 19, digest: .sha256(Array("whole".utf8)))
        await expect(.checksumMismatch) { try await store.put(body, at: .sample, if: .absent) }
        if test.can(.verifiesPayloadDigest) {
            #expect(try await store.head(.sample) == nil)
        }
    }

    @Test(arguments: TestStore.all)
    func `a file that is not there is a local failure`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let body = ObjectBody.file(path: "/nonexistent/x", bytes: 1, digest: .sha256([0]))
        await expect(.localFile) { try await store.put(body, at: .sample, if: .always) }
        _ = try await store.put(.text("x"), at: .sample, if: .always)
        await expect(.localFile) { try await store.fetch(.sample, to: "/nonexistent/x") }
    }

    @Test(arguments: TestStore.all)
    func `an object of three parts is one object`(_ test: TestStore) async throws {
        let store = try test.open(6 << 20)
        let folder = try ScratchFolder()
        let bytes = [UInt8].pattern(11 << 20)
        let path = try folder.write(bytes, to: "sent")
        let body = ObjectBody.file(path: path, bytes: bytes.count, digest: .sha256(bytes))
        let stored = try await store.put(body, at: .sample, if: .absent)
        #expect(stored.bytes == bytes.count)
        #expect(stored.digest == .sha256(bytes))
        #expect(try await store.head(.sample)?.etag == stored.etag)
        #expect(try await store.get(.sample).bytes == bytes)
        let seam = try await store.get(
            .sample, range: (5 << 20) - 2..<(5 << 20) + 2, matching: stored.etag)
        #expect(seam.bytes == Array(bytes[(5 << 20) - 2..<(5 << 20) + 2]))
    }

    @Test(arguments: TestStore.all.filter { $0.can(.conditionalCreate) })
    func `an object in parts does not replace one on a create`(_ test: TestStore) async throws {
        let store = try test.open(6 << 20)
        _ = try await store.put(.text("first"), at: .sample, if: .absent)
        await expect(.preconditionFailed) {
            try await store.put(.bytes(.pattern(7 << 20)), at: .sample, if: .absent)
        }
        #expect(try await store.get(.sample).bytes == Array("first".utf8))
    }
}
