import Foundation
import Shared
import TestSupport
import Testing

@testable import listener

struct CaptureHeartbeatTests {
    private func beat(
        watchdog: String?, at seconds: [Double]
    ) throws -> [String] {
        let socket = try DatagramSocket("@tributary-test-\(UUID().uuidString)")
        let notifier = SystemdNotifier(
            environment: ["NOTIFY_SOCKET": socket.name].merging(
                watchdog.map { ["WATCHDOG_USEC": $0] } ?? [:]
            ) { $1 })
        let heartbeat = CaptureHeartbeat(ListenerStatus(), notifier: notifier)
        let start = ContinuousClock.now
        for second in seconds { heartbeat.tick(at: start + .seconds(second)) }
        return socket.received()
    }

    @Test func `the first tick says ready, and only that one`() throws {
        #expect(try beat(watchdog: nil, at: []) == [])
        #expect(try beat(watchdog: nil, at: [0, 1, 2, 60, 86_399]) == ["READY=1"])
    }

    @Test func `the watchdog hears of it four times an interval, and not of each tick`() throws {
        let ticks = (0..<180).map(Double.init)
        let messages = try beat(watchdog: "180000000", at: ticks)
        #expect(messages == ["READY=1"] + Array(repeating: "WATCHDOG=1", count: 4))
    }

    @Test func `a loop that does not come around leaves the watchdog unfed`() throws {
        #expect(try beat(watchdog: "4000000", at: [0, 0.5]) == ["READY=1", "WATCHDOG=1"])
    }

    @Test func `the age of the last tick is what is told`() {
        let status = ListenerStatus()
        let heartbeat = CaptureHeartbeat(status, notifier: nil)
        let now = ContinuousClock.now
        heartbeat.tick(at: now)
        #expect(status.facts(at: now + .seconds(31)).tickAge == .seconds(31))
    }
}
