import Glibc
import Synchronization

/// Ends the wait of a ``StreamSource`` from any thread or signal-handling task.
///
/// Waking is remembered: a wait that begins after `wake()` ends at once.
final class StreamWaker: Sendable {
    private let state: Mutex<State>

    private struct State {
        var isAwake = false
        var interrupt: (@Sendable () -> Void)?
    }

    init() {
        state = Mutex(State())
    }

    /// - Parameter interrupt: makes the wait that is under way return soon; called with a lock
    ///   held, so it must not block; nil once there is nothing left to interrupt, after which it is
    ///   not called any more. It replaces nil alone: whoever waits takes its own away first.
    func install(_ interrupt: (@Sendable () -> Void)?) {
        state.withLock {
            precondition(
                $0.interrupt == nil || interrupt == nil, "a waker serves one wait at a time")
            $0.interrupt = interrupt
        }
    }

    func wake() {
        state.withLock {
            $0.isAwake = true
            $0.interrupt?()
        }
    }

    /// Waits for ``wake()`` alone, but not longer than to `deadline`.
    func wait(until deadline: ContinuousClock.Instant) {
        // In slices, since there is nothing to wait on that every source's interrupt would end.
        while ContinuousClock.now < deadline, !takeWake() { usleep(Self.waitSliceMicroseconds) }
    }

    private static let waitSliceMicroseconds: UInt32 = 20_000

    /// Whether ``wake()`` was called since this was last asked.
    func takeWake() -> Bool {
        state.withLock { state in
            defer { state.isAwake = false }
            return state.isAwake
        }
    }
}
