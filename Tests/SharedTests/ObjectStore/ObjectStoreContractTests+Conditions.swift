import Testing

@testable import Shared

extension ObjectStoreContractTests {
    @Test(arguments: TestStore.all.filter { $0.can(.conditionalCreate) })
    func `a create fails where something is, and leaves it alone`(
        _ test: TestStore
    ) async throws {
        let store = try test.open(nil)
        _ = try await store.put(.text("first"), at: .sample, if: .absent)
        await expect(.preconditionFailed) {
            try await store.put(.text("second"), at: .sample, if: .absent)
        }
        await expect(.preconditionFailed) {
            try await store.put(.text("first"), at: .sample, if: .absent)
        }
        #expect(try await store.get(.sample).bytes == Array("first".utf8))
    }

    @Test(arguments: TestStore.all.filter { $0.can(.conditionalReplace) })
    func `a replacement succeeds only over the version it names`(
        _ test: TestStore
    ) async throws {
        let store = try test.open(nil)
        let first = try await store.put(.text("first"), at: .sample, if: .always)
        let second = try await store.put(.text("second"), at: .sample, if: .matches(first.etag))
        await expect(.preconditionFailed) {
            try await store.put(.text("third"), at: .sample, if: .matches(first.etag))
        }
        #expect(try await store.get(.sample).bytes == Array("second".utf8))
        #expect(try await store.head(.sample)?.etag == second.etag)
    }

    @Test(arguments: TestStore.all.filter { $0.can(.conditionalReplace) })
    func `a replacement fails where nothing is`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let gone = try await store.put(.text("gone"), at: .sample, if: .always)
        try await store.delete(.sample)
        await expect(.preconditionFailed) {
            try await store.put(.text("new"), at: .sample, if: .matches(gone.etag))
        }
        #expect(try await store.head(.sample) == nil)
    }

    @Test(arguments: TestStore.all.filter { !$0.can(.conditionalReplace) })
    func `a store that cannot replace on a condition refuses and keeps what is there`(
        _ test: TestStore
    ) async throws {
        let store = try test.open(nil)
        let first = try await store.put(.text("first"), at: .sample, if: .always)
        await expect(.unsupported, .preconditionFailed) {
            try await store.put(.text("second"), at: .sample, if: .matches(first.etag))
        }
        #expect(try await store.get(.sample).bytes == Array("first".utf8))
    }

    @Test(arguments: TestStore.all.filter { $0.can(.atomicCreate) })
    func `of eight that create one key at once, one succeeds`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        for round in 0..<5 {
            let key = ObjectKey.named("race/\(round)")
            let winners = await withTaskGroup(of: Int?.self, returning: [Int].self) { group in
                for racer in 0..<8 {
                    group.addTask {
                        let body = ObjectBody.bytes([UInt8(racer)])
                        do throws(ObjectStoreError) {
                            _ = try await store.put(body, at: key, if: .absent)
                            return racer
                        } catch {
                            #expect(error.code == .preconditionFailed, "\(error)")
                            return nil
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            #expect(winners.count == 1)
            #expect(try await store.get(key).bytes == winners.map { UInt8($0) })
        }
    }
}
