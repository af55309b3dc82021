import Foundation
import Shared
import TestSupport
import Testing

struct SystemdNotifierTests {
    private func with(_ body: (DatagramSocket) throws -> Void) throws {
        try TemporaryDirectory.with { directory in
            try body(DatagramSocket(directory.file("notify")))
        }
        try body(DatagramSocket("@tributary-test-\(UUID().uuidString)"))
    }

    @Test func `each message arrives as sd_notify(3) spells it, by path and by abstract name`()
        throws
    {
        try with { socket in
            let notifier = try #require(
                SystemdNotifier(environment: ["NOTIFY_SOCKET": socket.name]))
            notifier.ready()
            notifier.status("connected\nREADY=0")
            notifier.alive()
            notifier.stopping(within: .seconds(45))
            #expect(
                socket.received() == [
                    "READY=1", "STATUS=connected\\nREADY=0", "WATCHDOG=1",
                    "STOPPING=1\nEXTEND_TIMEOUT_USEC=45000000",
                ])
        }
    }

    @Test(arguments: [nil, "", "relative/path"])
    func `without a socket there is no notifier`(name: String?) {
        #expect(SystemdNotifier(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:]) == nil)
    }

    @Test func `a socket that is gone is no failure`() throws {
        let notifier = try #require(
            SystemdNotifier(environment: ["NOTIFY_SOCKET": "/nowhere/at/all"]))
        notifier.ready()
    }

    @Test func `the watchdog is ours only where it names this process or none`() {
        func interval(_ more: [String: String]) -> Duration? {
            let environment = ["NOTIFY_SOCKET": "/run/x"].merging(more) { $1 }
            return SystemdNotifier(environment: environment)?.watchdogInterval
        }
        #expect(interval([:]) == nil)
        #expect(interval(["WATCHDOG_USEC": "180000000"]) == .seconds(180))
        let process = ProcessInfo.processInfo.processIdentifier
        #expect(
            interval(["WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "\(process)"])
                == .seconds(180))
        #expect(interval(["WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "1"]) == nil)
        #expect(interval(["WATCHDOG_USEC": "soon"]) == nil)
    }
}
