import Shared
import Testing

@testable import listener

struct ListenerStatusTests {
    private func id() throws -> TweetID { try #require(TweetID(5)) }

    @Test func `a gap is counted while it lasts, and stays counted`() {
        let status = ListenerStatus()
        let start = ContinuousClock.now
        let whileOpen = status.facts(at: start + .seconds(60)).gap
        #expect(whileOpen > .seconds(59))
        status.connected(ConnectionOpening(kind: .live))
        let first = status.facts().gap
        #expect(first < .seconds(30))
        #expect(status.facts(at: start + .seconds(600)).gap == first)
        status.disconnected()
        let later = status.facts(at: start + .seconds(600)).gap
        #expect(later > .seconds(500))
    }

    @Test func `ages count from the moment of the event`() {
        let status = ListenerStatus()
        let facts = status.facts()
        #expect(facts.tickAge == nil)
        #expect(facts.storeSuccessAge == nil)
        #expect(facts.storeFailureAge == nil)
        #expect(!facts.isConnected)
        let now = ContinuousClock.now
        status.ticked(at: now)
        #expect(status.facts(at: now + .seconds(7)).tickAge == .seconds(7))
        // A clock that is read by two threads at once may be read in either order.
        #expect(status.facts(at: now - .seconds(1)).tickAge == .zero)
    }

    @Test func `a connection is quiet since its last record, or since it was opened`() throws {
        let status = ListenerStatus()
        #expect(status.facts().quietAge == nil)
        status.connected(ConnectionOpening(kind: .live))
        status.byteCame()
        let opened = status.facts(at: .now + .seconds(60)).quietAge ?? .zero
        #expect(opened > .seconds(59))
        let later = ContinuousClock.now
        status.byteCame()
        status.recordCame(try id())
        #expect(status.facts(at: later + .seconds(60)).quietAge ?? .zero <= .seconds(60))
        // Bytes without a record change nothing.
        let quiet = status.facts(at: later + .seconds(600)).quietAge
        status.byteCame()
        #expect(status.facts(at: later + .seconds(600)).quietAge == quiet)
    }

    @Test func `the line for systemd says since when, how many and what waits`() throws {
        let status = ListenerStatus()
        #expect(status.line(pending: nil).hasPrefix("not connected since 20"))
        #expect(status.line(pending: nil).hasSuffix("Z, 0 records"))
        status.connected(ConnectionOpening(kind: .live))
        for _ in 0..<3 { status.recordCame(try id()) }
        #expect(status.line(pending: 2).hasPrefix("connected since 20"))
        #expect(status.line(pending: 2).hasSuffix("Z, 3 records, 2 segments wait for the store"))
    }

    @Test func `room is asked for each time`() {
        let status = ListenerStatus()
        #expect(status.facts().room == nil)
        status.watchRoom {
            ListenerStatus.Room(bytes: 1, capacityBytes: 2, freeBytes: 3, isPaused: true)
        }
        #expect(status.facts().room?.isPaused == true)
    }
}
