private import Glibc
import Logging
import Shared
import Synchronization

/// Says how far a run is: hours, segments, bytes of segments, rate and time left. On a terminal in
/// one line that renews itself, elsewhere in a line of the log now and then.
final class Progress: Sendable {
    struct State: Equatable {
        var partitions = 0
        var partitionsDone = 0
        /// That were admitted.
        var segments = 0
        /// Of the segments that are still to be read, by partition.
        var bytesLeft: [Partition: Int] = [:]
        /// Of segments that were fetched and proved.
        var bytesFetched = 0
        /// Of segments, of partitions that are done and of the share of the others that is.
        var bytesDone = 0
        /// That is merged.
        var partition: Partition?
        /// Of its bytes, from 0 to 1.
        var share = 0.0

        private var bytesNow: Int {
            Int(Double(partition.flatMap { bytesLeft[$0] } ?? 0) * share)
        }

        /// - Parameter elapsed: since the run began with the first partition.
        func text(after elapsed: Duration) -> String {
            let seconds = max(0.001, elapsed.inSeconds)
            let done = bytesDone + bytesNow
            let total = bytesDone + bytesLeft.values.reduce(0, +)
            let rate = ByteCount(bytes: Int(Double(done) / seconds))
            let left =
                done > 0 ? ", \(Int(seconds / Double(done) * Double(total - done))) s left" : ""
            let hour = partition.map { ", at \($0) (\(Int(share * 100)) %)" } ?? ""
            return "\(partitionsDone)/\(partitions) hours, \(segments) segments, "
                + "\(ByteCount(bytes: done)) of \(ByteCount(bytes: total)) merged, "
                + "\(ByteCount(bytes: bytesFetched)) fetched, \(rate)/s\(left)\(hour)"
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

    /// - Parameter partitions: with the bytes of all of their segments.
    func begin(_ partitions: some Sequence<(Partition, Int)>) {
        let bytes = Dictionary(partitions, uniquingKeysWith: { first, _ in first })
        state.withLock { $0 = Run(state: State(partitions: bytes.count, bytesLeft: bytes)) }
        show()
    }

    /// How much is read of a partition that holds some of its segments already.
    func expect(bytes: Int, of partition: Partition) {
        state.withLock { $0.state.bytesLeft[partition] = bytes }
    }

    func fetched(bytes: Int) {
        state.withLock { $0.state.bytesFetched += bytes }
        show()
    }

    func partitionBegun(_ partition: Partition) {
        state.withLock {
            $0.state.partition = partition
            $0.state.share = 0
        }
        show()
    }

    /// - Parameter share: of the partition that is merged, from 0 to 1.
    func merged(share: Double) {
        state.withLock { $0.state.share = share }
        show()
    }

    func written(segments: Int) {
        state.withLock { $0.state.segments += segments }
    }

    /// Written, or nothing was to be done, or it failed.
    func partitionEnded(_ partition: Partition) {
        state.withLock { run in
            run.state.partitionsDone += 1
            run.state.bytesDone += run.state.bytesLeft.removeValue(forKey: partition) ?? 0
            if run.state.partition == partition { run.state.partition = nil }
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
