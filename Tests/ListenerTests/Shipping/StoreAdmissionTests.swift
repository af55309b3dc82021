import Shared
import Synchronization
import TestSupport
import Testing

@testable import listener

/// A listener that started while the store was down, and the store that answers at last.
struct StoreAdmissionTests {
    private let lines = [#"{"id":1,"text":"a"}"#]

    private func memory(_ site: SpoolSite, _ spool: Spool) -> DatasetMemory {
        DatasetMemory(
            spool: spool, store: site.store, isConditional: true, logger: SpoolSite.quiet)
    }

    @Test func `a store that answers late is asked once and then shipped to`() async throws {
        try await SpoolSite.with { site in
            try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let spool = try Spool(site.spoolPath)
            let memory = memory(site, spool)
            let isUp = Mutex(false)
            let admission = StoreAdmission(isGiven: false, whenRefused: {}) {
                guard isUp.withLock({ $0 }) else {
                    throw ObjectStoreError(.unavailable, "down")
                }
                try await memory.confirm(stream: "default")
            }
            let shipper = site.shipper(spool, admission: admission)
            #expect(await !shipper.shipAll())
            #expect(try await site.keys().isEmpty)
            isUp.withLock { $0 = true }
            #expect(await shipper.shipAll())
            #expect(admission.isGiven)
            #expect(try await site.keys().count == 3)
            #expect(try spool.sealed().isEmpty)
        }
    }

    @Test func `a store of another stream gets nothing, and nothing is lost`() async throws {
        try await SpoolSite.with { site in
            try site.seal(lines, header: SpoolSite.header(sequence: 0))
            _ = try await Dataset(stream: "other", created: .now).createOrRead(in: site.store)
            let before = try await site.keys()
            let spool = try Spool(site.spoolPath)
            let memory = memory(site, spool)
            let refusals = Counter()
            let admission = StoreAdmission(isGiven: false, whenRefused: { refusals.add() }) {
                try await memory.confirm(stream: "default")
            }
            let (wake, _) = AsyncStream<Void>.makeStream()
            await site.shipper(spool, admission: admission).run(wake: wake)
            #expect(admission.refusal?.exitCode == .configuration)
            #expect(refusals.count == 1)
            #expect(try await site.keys() == before)
            #expect(try spool.sealed().count == 1)
        }
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
