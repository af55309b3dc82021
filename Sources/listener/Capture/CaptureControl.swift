import Synchronization

/// What the outside asks of the capture thread.
final class CaptureControl: Sendable {
    private struct State {
        var isStopAsked = false
        var isRotationAsked = false
        var waker: StreamWaker?
    }

    private let state = Mutex(State())

    /// From now on requests end the wait of this source. Those made before are not lost.
    func attach(_ waker: StreamWaker) {
        state.withLock { $0.waker = waker }
        waker.wake()
    }

    /// Stops reading and seals.
    func stop() {
        state.withLock { state in
            state.isStopAsked = true
            return state.waker
        }?.wake()
    }

    /// Seals the open segment now and opens the next.
    func rotate() {
        state.withLock { state in
            state.isRotationAsked = true
            return state.waker
        }?.wake()
    }

    /// Returns when a stop was asked for, or after this long.
    func waitForStop(atMost duration: Duration) async {
        let deadline = ContinuousClock.now.advanced(by: duration)
        while !isStopAsked, ContinuousClock.now < deadline {
            guard (try? await Task.sleep(for: Self.stopCheckInterval)) != nil else { return }
        }
    }

    private static let stopCheckInterval = Duration.milliseconds(200)

    var isStopAsked: Bool { state.withLock { $0.isStopAsked } }

    /// Whether a rotation was asked for since this was last asked.
    func takeRotation() -> Bool {
        state.withLock { state in
            defer { state.isRotationAsked = false }
            return state.isRotationAsked
        }
    }
}
