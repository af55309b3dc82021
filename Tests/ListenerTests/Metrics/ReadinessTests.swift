import Testing

@testable import listener

struct ReadinessTests {
    private let readiness = Readiness(silenceMax: .seconds(30), ships: true)

    /// Everything as it should be.
    private var facts: ListenerStatus.Facts {
        ListenerStatus.Facts(
            tickAge: .seconds(1), isConnected: true, byteAge: .seconds(20),
            room: ListenerStatus.Room(
                bytes: 10, capacityBytes: 100, freeBytes: 1000, isPaused: false))
    }

    /// The names of the conditions that do not hold.
    private func failing(
        _ readiness: Readiness? = nil, _ change: (inout ListenerStatus.Facts) -> Void = { _ in }
    ) -> [String] {
        var facts = facts
        change(&facts)
        return (readiness ?? self.readiness).conditions(facts).filter { !$0.holds }.map(\.name)
    }

    @Test func `a listener that has shipped nothing is ready`() {
        #expect(failing() == [])
        #expect(failing { $0.room = nil } == [])
    }

    @Test func `it is alive only while the loop comes around`() {
        #expect(failing { $0.tickAge = nil } == ["capture"])
        #expect(failing { $0.tickAge = Readiness.tickAgeMax } == ["capture"])
        #expect(failing { $0.tickAge = Readiness.tickAgeMax - .milliseconds(1) } == [])
    }

    @Test func `it is not ready without a connection`() {
        #expect(failing { $0.isConnected = false } == ["stream"])
    }

    @Test func `a connection that is silent beyond the stall timeout does not count`() {
        #expect(failing { $0.byteAge = .seconds(30) } == [])
        #expect(failing { $0.byteAge = .milliseconds(30_001) } == ["stream"])
    }

    @Test func `a connection that brings keep-alives alone for too long does not count`() {
        let readiness = Readiness(silenceMax: .seconds(30), quietMax: .seconds(3600), ships: true)
        #expect(failing(readiness) { $0.quietAge = .seconds(3600) } == [])
        #expect(failing(readiness) { $0.quietAge = .seconds(3601) } == ["stream"])
    }

    @Test func `a pipe may be silent for ever`() {
        let pipe = Readiness(silenceMax: nil, ships: true)
        #expect(failing(pipe) { $0.byteAge = .seconds(1_000_000) } == [])
        #expect(failing(pipe) { $0.isConnected = false } == ["stream"])
    }

    @Test func `a store that failed last counts as reachable for a while after a success`() {
        #expect(failing { $0.storeFailureAge = .seconds(1) } == ["store"])
        func after(success: Duration, failure: Duration) -> [String] {
            failing {
                $0.storeSuccessAge = success
                $0.storeFailureAge = failure
            }
        }
        #expect(after(success: .seconds(299), failure: .seconds(1)) == [])
        #expect(after(success: .seconds(301), failure: .seconds(1)) == ["store"])
        #expect(after(success: .seconds(900), failure: .seconds(901)) == [])
    }

    @Test func `it is not ready with a full or paused spool`() {
        #expect(failing { $0.room?.bytes = 99 } == [])
        #expect(failing { $0.room?.bytes = 100 } == ["spool"])
        #expect(failing { $0.room?.isPaused = true } == ["spool"])
    }

    @Test func `it is not ready while another zone sees much more, and says which`() throws {
        func seen(_ ours: Int) throws -> Readiness.Condition {
            let comparison = try #require(
                PeerComparison(
                    PeerComparisonTests.beacon("a", [ours, 0, 0]),
                    with: PeerComparisonTests.beacon("b", [100, 100, 100])))
            var facts = facts
            facts.peers = ListenerStatus.Peers(known: 2, compared: 1, worst: comparison)
            return try #require(readiness.conditions(facts).first { $0.name == "peers" })
        }
        #expect(try seen(150).holds)
        let partial = try seen(149)
        #expect(!partial.holds)
        #expect(partial.why == "149 records in 3 minutes, zone b 300: 49 % of it")
    }

    @Test func `without a zone to compare with it is ready`() {
        #expect(failing { $0.peers = ListenerStatus.Peers() } == [])
        #expect(failing { $0.peers = ListenerStatus.Peers(known: 3) } == [])
    }

    @Test func `with an output file neither store nor spool is asked about`() {
        let file = Readiness(silenceMax: nil, ships: false)
        let names = file.conditions(facts).map(\.name)
        #expect(names == ["capture", "stream"])
    }

    @Test func `each condition says why`() {
        let conditions = readiness.conditions(facts)
        #expect(conditions.allSatisfy { !$0.why.isEmpty })
        #expect(conditions[1].why == "connected, the last byte came 20.0 s ago")
    }
}
