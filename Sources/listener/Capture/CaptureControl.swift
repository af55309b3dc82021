import Synchronization

/// What the outside asks of the capture thread.
final class CaptureControl: Sendable {
    private struct State {
        var isStopAsked = false
        var isRotationAsked = false
        var change: SelectionChange?
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

    /// Returns when a stop was asked for, the task was cancelled, or after this long.
    func waitForStop(atMost duration: Duration? = nil) async {
        let deadline = duration.map { ContinuousClock.now.advanced(by: $0) }
        while !isStopAsked, deadline.map({ ContinuousClock.now < $0 }) ?? true {
            guard (try? await Task.sleep(for: Self.stopCheckInterval)) != nil else { return }
        }
    }

    private static let stopCheckInterval = Duration.milliseconds(200)

    /// Begins a segment for the new selection, and connects again where that is needed.
    func change(_ change: SelectionChange) {
        state.withLock { state in
            var change = change
            change.endpoint = change.endpoint ?? state.change?.endpoint
            state.change = change
            return state.waker
        }?.wake()
    }

    var isStopAsked: Bool { state.withLock { $0.isStopAsked } }

    /// Whether a rotation was asked for since this was last asked.
    func takeRotation() -> Bool {
        state.withLock { state in
            defer { state.isRotationAsked = false }
            return state.isRotationAsked
        }
    }

    /// The change that was asked for since this was last asked.
    func takeChange() -> SelectionChange? {
        state.withLock { state in
            defer { state.change = nil }
            return state.change
        }
    }
}
