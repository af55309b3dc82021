import Shared
import Synchronization
import TestSupport
import Testing

@testable import listener

@Suite(.timeLimit(.minutes(5)))
struct ShipperOrderTests {
    /// As many as `Shipper` has under way.
    private static let atOnce = 4

    /// Holds the first calls until as many have come as are waited for.
    private actor Meeting {
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var isOver = false

        func arrive() async {
            if isOver { return }
            await withCheckedContinuation { continuation in
                waiting.append(continuation)
                guard waiting.count == ShipperOrderTests.atOnce else { return }
                isOver = true
                for continuation in waiting { continuation.resume() }
            }
        }
    }

    @Test func `the oldest are under way together before any younger one`() async throws {
        try await SpoolSite.with { site in
            let names = try (0..<9).map { sequence in
                try site.seal(
                    [#"{"id":1,"text":"a"}"#], header: SpoolSite.header(sequence: sequence)
                ).name
            }
            let meeting = Meeting()
            let begun = Mutex<[String]>([])
            let watched = InterferingStore(site.store) { call in
                guard call.isPut(under: StoreLayout.segmentPrefix) else { return .none }
                begun.withLock { $0.append(call.path) }
                // With fewer at once this would never end.
                await meeting.arrive()
                return .none
            }
            #expect(await site.shipper(try Spool(site.spoolPath), through: watched).shipAll())
            let keys = names.map { StoreLayout.segment($0, of: SpoolSite.zone).path }
            let order = begun.withLock { $0 }
            #expect(Set(order) == Set(keys) && order.count == keys.count)
            #expect(Set(order.prefix(Self.atOnce)) == Set(keys.prefix(Self.atOnce)))
            for (place, key) in order.enumerated() {
                let number = try #require(keys.firstIndex(of: key))
                #expect(abs(number - place) < Self.atOnce, "\(key) was begun as number \(place)")
            }
        }
    }
}
