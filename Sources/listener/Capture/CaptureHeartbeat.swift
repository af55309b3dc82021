import Shared
import Synchronization

/// Says that the capture loop comes around: to the status, and to systemd, from the thread itself,
/// so that nothing else can speak for it.
final class CaptureHeartbeat: Sendable {
    private let status: ListenerStatus
    private let notifier: SystemdNotifier?
    /// When systemd is told again. Used from the capture thread alone, once that runs.
    private let nextNotice = Mutex<ContinuousClock.Instant?>(nil)

    /// sd_watchdog_enabled(3) asks for half of the interval; the loop comes around every second, and
    /// a message that is lost must not be the last.
    private static let noticesPerInterval = 4

    init(_ status: ListenerStatus, notifier: SystemdNotifier?) {
        self.status = status
        self.notifier = notifier
    }

    /// The first one tells systemd that the service is up.
    func tick(at instant: ContinuousClock.Instant) {
        status.ticked(at: instant)
        guard let notifier else { return }
        nextNotice.withLock { next in
            if next == nil { notifier.ready() }
            guard next.map({ $0 <= instant }) ?? true else { return }
            let interval = notifier.watchdogInterval
            if interval != nil { notifier.alive() }
            next = instant + (interval ?? Self.idleInterval) / Self.noticesPerInterval
        }
    }

    /// Ticks in place of the capture loop while that cannot begin yet, until the task is cancelled.
    func goOn() async {
        while !Task.isCancelled {
            tick(at: .now)
            try? await Task.sleep(for: Self.waitInterval)
        }
    }

    private static let waitInterval = Duration.seconds(1)

    /// Without a watchdog nothing is sent.
    private static let idleInterval = Duration.seconds(86_400)
}
