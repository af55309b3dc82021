/// Lets the partitions of a run overlap: while one is merged, the next one's segments are fetched and
/// the files of the one before are put.
///
/// ```
/// fetch 1 │ merge 1 │ put 1   │
///         │ fetch 2 │ merge 2 │ put 2
///                   │ fetch 3 │ merge 3 │ ...
/// ```
///
/// One is merged at a time, since that takes all processors and the memory of the run. They are put
/// in their order, so that what a crash leaves behind is the beginning of a run.
actor MergePace {
    private var isMerging = false
    private var mergers: [CheckedContinuation<Void, Never>] = []
    /// The lowest number that has not ended.
    private var first = 0
    private var ended: Set<Int> = []
    private var writers: [Int: CheckedContinuation<Void, Never>] = [:]

    fileprivate func beginMerging() async {
        guard isMerging else {
            isMerging = true
            return
        }
        await withCheckedContinuation { mergers.append($0) }
    }

    fileprivate func endMerging() {
        precondition(isMerging, "who ends has begun")
        if mergers.isEmpty { isMerging = false } else { mergers.removeFirst().resume() }
    }

    fileprivate func awaitTurn(_ number: Int) async {
        guard number > first else { return }
        await withCheckedContinuation { writers[number] = $0 }
    }

    fileprivate func end(_ number: Int) {
        ended.insert(number)
        while ended.remove(first) != nil { first += 1 }
        writers.removeValue(forKey: first)?.resume()
    }
}

/// The place of one partition in the pace of a run.
struct MergeTurn: Sendable {
    private let pace: MergePace
    private let number: Int

    /// - Parameter number: counted from 0 without holes, in the order of the partitions.
    init(_ pace: MergePace = MergePace(), number: Int = 0) {
        self.pace = pace
        self.number = number
    }

    func beginMerging() async { await pace.beginMerging() }
    func endMerging() async { await pace.endMerging() }

    /// Returns when all partitions before this one have ended.
    func awaitWriting() async { await pace.awaitTurn(number) }

    /// Once, whether the partition was written or not.
    func end() async { await pace.end(number) }
}
