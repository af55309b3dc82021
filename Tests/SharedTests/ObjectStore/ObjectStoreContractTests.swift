import Testing

@testable import Shared

/// What every ``ObjectStore`` promises, asked of each that there is.
@Suite(.timeLimit(.minutes(10)))
struct ObjectStoreContractTests {
    @Test(arguments: TestStore.all)
    func `what was put is what get returns`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let stored = try await store.put(.text("one record"), at: .sample, if: .always)
        #expect(stored.key == .sample)
        #expect(stored.bytes == 10)
        let content = try await store.get(.sample)
        #expect(content.bytes == Array("one record".utf8))
        #expect(content.etag == stored.etag)
    }

    @Test(arguments: TestStore.all)
    func `put returns the digest that sha256sum prints`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let stored = try await store.put(.text("abc"), at: .sample, if: .always)
        #expect(
            stored.digest?.hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(arguments: TestStore.all)
    func `head tells size, version and no wrong digest`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let stored = try await store.put(.text("abc"), at: .sample, if: .always)
        let head = try #require(try await store.head(.sample))
        #expect(head.key == .sample)
        #expect(head.bytes == 3)
        #expect(head.etag == stored.etag)
        #expect(head.digest == nil || head.digest == stored.digest)
    }

    @Test(arguments: TestStore.all)
    func `an object without bytes is an object`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let stored = try await store.put(.bytes([]), at: .sample, if: .absent)
        #expect(stored.bytes == 0)
        #expect(try await store.get(.sample).bytes == [])
        #expect(try await store.head(.sample)?.bytes == 0)
        let folder = try ScratchFolder()
        #expect(try await store.fetch(.sample, to: "\(folder.path)/empty").bytes == 0)
        #expect(try folder.read("empty") == [])
    }

    @Test(arguments: TestStore.all)
    func `an unconditional put replaces what is there`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let first = try await store.put(.text("first"), at: .sample, if: .always)
        let second = try await store.put(.text("second"), at: .sample, if: .always)
        #expect(first.etag != second.etag)
        #expect(try await store.get(.sample).bytes == Array("second".utf8))
    }

    @Test(arguments: TestStore.all)
    func `nothing is found where nothing was put`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let folder = try ScratchFolder()
        #expect(try await store.head(.sample) == nil)
        await expect(.notFound) { try await store.get(.sample) }
        await expect(.notFound) { try await store.get(.sample, range: 0..<1, matching: nil) }
        await expect(.notFound) { try await store.fetch(.sample, to: "\(folder.path)/x") }
        #expect(try await store.listAll("") == [])
    }

    @Test(arguments: TestStore.all)
    func `delete removes an object, and is content where there is none`(
        _ test: TestStore
    ) async throws {
        let store = try test.open(nil)
        _ = try await store.put(.text("x"), at: .sample, if: .always)
        try await store.delete(.sample)
        #expect(try await store.head(.sample) == nil)
        try await store.delete(.sample)
        _ = try await store.put(.text("y"), at: .sample, if: .absent)
        #expect(try await store.get(.sample).bytes == Array("y".utf8))
    }

    @Test(arguments: TestStore.all)
    func `a range is cut out, also past the end`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        _ = try await store.put(.text("0123456789"), at: .sample, if: .always)
        func text(_ range: Range<Int>) async throws -> String {
            let content = try await store.get(.sample, range: range, matching: nil)
            return String(decoding: content.bytes, as: UTF8.self)
        }
        #expect(try await text(0..<10) == "0123456789")
        #expect(try await text(0..<1) == "0")
        #expect(try await text(3..<7) == "3456")
        #expect(try await text(9..<10) == "9")
        #expect(try await text(8..<1000) == "89")
        #expect(try await text(4..<4) == "")
    }

    @Test(arguments: TestStore.all)
    func `a range that begins at or beyond the end is refused`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        _ = try await store.put(.text("0123456789"), at: .sample, if: .always)
        for range in [10..<11, 10..<10, 500..<600] {
            await expect(.rangeNotSatisfiable) {
                try await store.get(.sample, range: range, matching: nil)
            }
        }
    }

    @Test(arguments: TestStore.all)
    func `get of a version that was replaced is refused`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let old = try await store.put(.text("old"), at: .sample, if: .always)
        #expect(
            try await store.get(.sample, range: nil, matching: old.etag).bytes
                == Array("old".utf8))
        let new = try await store.put(.text("new"), at: .sample, if: .always)
        for range in [nil, 0..<2, 1..<1] {
            await expect(.preconditionFailed) {
                try await store.get(.sample, range: range, matching: old.etag)
            }
        }
        let content = try await store.get(.sample, range: 1..<3, matching: new.etag)
        #expect(content.bytes == Array("ew".utf8))
        #expect(content.etag == new.etag)
    }
}
