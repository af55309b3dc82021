import Shared
import TestSupport
import Testing

@testable import listener

struct StoreCheckTests {
    /// Stores whatever the condition says, as some servers do that do not know the header.
    private struct CarelessStore: ObjectStore {
        let inner: DirectoryObjectStore

        var name: String { inner.name }

        func put(
            _ body: ObjectBody, at key: ObjectKey, if condition: WriteCondition
        ) async throws(ObjectStoreError) -> StoredObject {
            try await inner.put(body, at: key, if: .always)
        }

        func get(
            _ key: ObjectKey, range: Range<Int>?, matching etag: ETag?
        ) async throws(ObjectStoreError) -> ObjectContent {
            try await inner.get(key, range: range, matching: etag)
        }

        func fetch(
            _ key: ObjectKey, to path: String
        ) async throws(ObjectStoreError) -> StoredObject {
            try await inner.fetch(key, to: path)
        }

        func head(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject? {
            try await inner.head(key)
        }

        func list(_ prefix: String, after: ObjectKey?) async throws(ObjectStoreError) -> ObjectPage
        {
            try await inner.list(prefix, after: after)
        }

        func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
            try await inner.delete(key)
        }
    }

    private func run(
        _ store: any ObjectStore, isConditional: Bool = true
    ) async -> [String: CheckReport.Finding] {
        let check = StoreCheck(
            store: store, zone: SpoolSite.zone, stream: "default", idPointer: nil,
            isConditional: isConditional)
        return Dictionary(
            await check.run().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func expectNamed(_ findings: [String: CheckReport.Finding]) {
        let finding = findings["store: conditional put"]
        #expect(finding?.outcome == .failed)
        #expect(finding?.fix?.contains("TRIBUTARY_CONDITIONAL_WRITES=false") == true)
        #expect(finding?.fix?.contains("may then overwrite each other") == true)
        // All else was tried, and works.
        for name in ["store: put", "store: get", "store: delete", "dataset"] {
            #expect(findings[name]?.outcome == .ok, "\(name)")
        }
    }

    @Test func `a store that ignores conditions is named, with the way out and its price`()
        async throws
    {
        try await SpoolSite.with { site in
            expectNamed(await run(CarelessStore(inner: site.store)))
            let keys = try await site.keys()
            #expect(keys.isEmpty)
        }
    }

    @Test func `a store that says that it has no conditions is named`() async throws {
        try await SpoolSite.with { site in
            let first = Counter()
            let store = InterferingStore(site.store) { call in
                call.kind == .put && first.next() == 0 ? .refuse(.unsupported) : .none
            }
            expectNamed(await run(store))
            #expect(store.faultCount == 1)
            let keys = try await site.keys()
            #expect(keys.isEmpty)
        }
    }

    @Test func `where the settings do without conditions none is tried, and it is said`()
        async throws
    {
        try await SpoolSite.with { site in
            let findings = await run(CarelessStore(inner: site.store), isConditional: false)
            #expect(findings["store: conditional put"]?.outcome == .warning)
            #expect(!findings.values.contains { $0.outcome == .failed })
        }
    }

    @Test(arguments: [InterferingStore.Call.Kind.put, .get, .delete])
    func `what the store refuses is the one thing that is found`(
        kind: InterferingStore.Call.Kind
    ) async throws {
        try await SpoolSite.with { site in
            let store = InterferingStore(site.store) { call in
                call.kind == kind && call.path.hasPrefix("check/zone=a/")
                    ? .refuse(.accessDenied) : .none
            }
            let failed = await run(store).values.filter { $0.outcome == .failed }
            #expect(failed.map(\.name) == ["store: \(kind.rawValue)"])
            #expect(store.faultCount == 1)
        }
    }

    @Test func `nothing outside of check is written`() async throws {
        try await SpoolSite.with { site in
            let store = InterferingStore(site.store) { _ in .none }
            _ = await run(store)
            let writes = store.calls.filter { $0.kind == .put || $0.kind == .delete }
            #expect(writes.count == 3)
            #expect(writes.allSatisfy { $0.path.hasPrefix("check/zone=a/") })
        }
    }
}
