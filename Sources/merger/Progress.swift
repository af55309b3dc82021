private import Glibc
import Logging
import Shared
import Synchronization

/// Says how far a run is: hours, segments, bytes, rate and time left. On a terminal in one line that
/// renews itself, elsewhere in a line of the log now and then.
final class Progress: Sendable {
    struct State: Equatable {
        var partitions = 0
        var partitionsDone = 0
        var segments = 0
        /// Of the canonical stream that was written.
        var bytes = 0
        /// That is worked on.
        var partition: Partition?

        /// - Parameter elapsed: since the first hour was begun.
        func text(after elapsed: Duration) -> String {
            let seconds = max(0.001, elapsed.inSeconds)
            let rate = ByteCount(bytes: Int(Double(bytes) / seconds))
            let share = Double(partitionsDone) / Double(max(1, partitions))
            let left = share > 0 ? ", \(Int(seconds / share - seconds)) s left" : ""
            let hour = partition.map { ", at \($0)" } ?? ""
            return "\(partitionsDone)/\(partitions) hours, \(segments) segments, "
                + "\(ByteCount(bytes: bytes)), \(rate)/s\(left)\(hour)"
        }
    }

    private struct Run {
        var state = State()
        var start = ContinuousClock.now
        var logged = ContinuousClock.now
    }

    /// Between two lines of the log: a run of a minute says nothing on its way, one of a night a few
    /// hundred lines.
    private static let logInterval = Duration.seconds(60)

    private let isTerminal: Bool
    private let logger: Logger?
    private let state = Mutex(Run())

    init(_ logger: Logger? = nil) {
        isTerminal = isatty(STDERR_FILENO) == 1
        self.logger = logger
    }

    func begin(partitions: Int) {
        state.withLock { $0 = Run(state: State(partitions: partitions)) }
        show()
    }

    func partitionBegun(_ partition: Partition) {
        state.withLock { $0.state.partition = partition }
        show()
    }

    /// - Parameter bytes: of the canonical stream that was written; nil where nothing was.
    func partitionDone(_ bytes: Int?, segments: Int) {
        state.withLock { run in
            run.state.partitionsDone += 1
            run.state.segments += segments
            run.state.bytes += bytes ?? 0
            run.state.partition = nil
        }
        show()
    }

    func end() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func show() {
        let now = ContinuousClock.now
        let (text, isDue) = state.withLock { run in
            let isDue = now - run.logged >= Self.logInterval
            if isDue { run.logged = now }
            return (run.state.text(after: now - run.start), isDue)
        }
        if isTerminal {
            write("\r\u{1B}[K\(text)")
        } else if isDue {
            logger?.info("\(text)")
        }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
