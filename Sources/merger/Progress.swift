private import Glibc
import Shared
import Synchronization

/// Says on a terminal how far a run is: segments, bytes, rate and time left. Silent elsewhere.
final class Progress: Sendable {
    private struct State {
        var partitions = 0
        var partitionsDone = 0
        var segments = 0
        var bytes = 0
        var start = ContinuousClock.now
    }

    private let isTerminal: Bool
    private let state = Mutex(State())

    init() {
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    func begin(partitions: Int) {
        state.withLock { $0 = State(partitions: partitions) }
        show()
    }

    /// - Parameter bytes: of the canonical stream that was written; nil where nothing was.
    func partitionDone(_ bytes: Int?, segments: Int) {
        state.withLock { state in
            state.partitionsDone += 1
            state.segments += segments
            state.bytes += bytes ?? 0
        }
        show()
    }

    func end() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func show() {
        guard isTerminal else { return }
        let state = state.withLock { $0 }
        let seconds = max(0.001, (ContinuousClock.now - state.start).inSeconds)
        let rate = ByteCount(bytes: Int(Double(state.bytes) / seconds))
        let share = Double(state.partitionsDone) / Double(max(1, state.partitions))
        let left = share > 0 ? Int(seconds / share - seconds) : 0
        write(
            """
            \r\u{1B}[K\(state.partitionsDone)/\(state.partitions) hours, \(state.segments) segments, \
            \(ByteCount(bytes: state.bytes)), \(rate)/s, \(left) s left
            """)
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
