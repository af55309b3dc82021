private import CPosix
private import Glibc

/// Tells systemd how the service is, by the protocol of sd_notify(3). Nil where nobody listens.
package struct SystemdNotifier: Sendable {
    private let socket: String
    /// How often systemd wants to hear that the service lives; nil where it does not watch.
    package let watchdogInterval: Duration?

    /// Reads `NOTIFY_SOCKET`, and `WATCHDOG_USEC` where `WATCHDOG_PID` is this process or not set.
    package init?(environment: [String: String]) {
        guard let socket = environment["NOTIFY_SOCKET"], let first = socket.first,
            first == "/" || first == "@"
        else { return nil }
        self.socket = socket
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdogInterval =
            isOurs
            ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds($0) } : nil
    }

    package func ready() {
        send("READY=1")
    }

    /// - Parameter span: how long the rest may take. It makes the unit's TimeoutStopSec longer where
    ///   that is shorter, never shorter.
    package func stopping(within span: Duration) {
        let microseconds = span.wholeMilliseconds.multipliedReportingOverflow(by: 1000)
        let longest = microseconds.overflow ? Int64.max : microseconds.partialValue
        send("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(longest)")
    }

    /// One line, for `systemctl status`.
    package func status(_ text: String) {
        send("STATUS=" + LogEscape.text(text), mayBeLost: true)
    }

    /// Keeps the watchdog quiet. Never waits: whoever calls it must not be held up by systemd.
    package func alive() {
        send("WATCHDOG=1", mayBeLost: true)
    }

    /// Without an answer there is nothing to do about a failure: systemd acts on silence.
    private func send(_ message: String, mayBeLost: Bool = false) {
        let bytes = Array(message.utf8)
        let flags = mayBeLost ? Int32(MSG_DONTWAIT) : 0
        _ = cposix_send_datagram(socket, bytes, bytes.count, flags)
    }
}
