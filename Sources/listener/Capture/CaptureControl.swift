import Synchronization

/// What the outside asks of the capture thread, and what it has seen.
final class CaptureControl: Sendable {
    private struct State {
        var isStopAsked = false
        var isRotationAsked = false
    }

    private let state = Mutex(State())
    private let waker: StreamWaker

    init(waker: StreamWaker) {
        self.waker = waker
    }

    /// Stops reading and seals.
    func stop() {
        state.withLock { $0.isStopAsked = true }
        waker.wake()
    }

    /// Seals the open segment now and opens the next.
    func rotate() {
        state.withLock { $0.isRotationAsked = true }
        waker.wake()
    }

    var isStopAsked: Bool { state.withLock { $0.isStopAsked } }

    /// Whether a rotation was asked for since this was last asked.
    func takeRotation() -> Bool {
        state.withLock { state in
            defer { state.isRotationAsked = false }
            return state.isRotationAsked
        }
    }
}
