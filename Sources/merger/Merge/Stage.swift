import Shared
private import Synchronization

/// The steps of a merge that cost time, and what they took in this process over all threads.
enum Stage: Int, CaseIterable {
    case inflate
    /// Ids, digests of records, and whether each line is what it should be.
    case scan
    /// Sorting copies, choosing winners, and copying them into members.
    case pick
    /// SHA-256 of the canonical stream and object.
    case digest
    case index
    case deflate

    private final class Cell: Sendable {
        let nanoseconds = Atomic(0)
        let bytes = Atomic(0)
    }

    private static let cells = allCases.map { _ in Cell() }

    private var cell: Cell { Self.cells[rawValue] }

    /// Counts the processor time of `body`, which stays on one thread, but for that of stages inside.
    ///
    /// - Parameter bytes: of raw lines, that are worked on.
    func measure<Result>(
        bytes: Int = 0, without inner: [Stage] = [], _ body: () throws -> Result
    ) rethrows -> Result {
        let innerBefore = inner.reduce(0) { $0 + $1.nanoseconds }
        let before = ProcessUsage.threadCPUNanoseconds
        defer {
            let innerTook = inner.reduce(0) { $0 + $1.nanoseconds } - innerBefore
            let took = ProcessUsage.threadCPUNanoseconds - before - innerTook
            cell.nanoseconds.add(took, ordering: .relaxed)
            cell.bytes.add(bytes, ordering: .relaxed)
        }
        return try body()
    }

    private var nanoseconds: Int { cell.nanoseconds.load(ordering: .relaxed) }

    /// For whoever looks into the speed of a run.
    static var summary: String {
        let parts = allCases.map { stage in
            let milliseconds = "\(1000 + stage.nanoseconds / 1_000_000 % 1000)".dropFirst()
            return """
                \(stage) \(stage.nanoseconds / 1_000_000_000).\(milliseconds) for \
                \(stage.cell.bytes.load(ordering: .relaxed)) bytes
                """
        }
        return "CPU seconds by stage: " + parts.joined(separator: ", ")
    }
}
