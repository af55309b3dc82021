import Shared

extension PartitionIndex {
    /// How many tweets which zones saw, for each cell of a grid over the hour.
    ///
    /// Ids ascend with time, so one pass in their order is enough.
    ///
    /// - Parameter bits: what each of the file's zone bits is in the result.
    func zoneSets(over grid: CoverageGrid, bits: [UInt64]) throws -> [[UInt64: Int]] {
        var cells: [[UInt64: Int]] = []
        var counts: [Int64: Int] = [:]
        // Most tweets were seen by the same zones as the one before.
        var run = (zones: Int64(0), count: 0)
        let statement = try database.prepare("SELECT id, zones FROM tweet ORDER BY id")
        var hasRow = try statement.step()
        for (number, cell) in grid.cells.enumerated() {
            let isLast = number == grid.cells.count - 1
            let end = Self.firstID(at: cell.interval.to)
            while hasRow, isLast || statement.integer(0) < end {
                let zones = statement.integer(1)
                if zones != run.zones {
                    if run.count > 0 { counts[run.zones, default: 0] += run.count }
                    run = (zones, 0)
                }
                run.count += 1
                hasRow = try statement.step()
            }
            if run.count > 0 { counts[run.zones, default: 0] += run.count }
            cells.append(Self.translated(counts, bits))
            counts = [:]
            run = (0, 0)
        }
        return cells
    }

    /// The smallest number that an id of this moment may have.
    private static func firstID(at time: Timestamp) -> Int64 {
        let milliseconds = time.milliseconds - TweetID.epoch.milliseconds
        return milliseconds << Int64(TweetID.bitsBelowTime)
    }

    private static func translated(_ counts: [Int64: Int], _ bits: [UInt64]) -> [UInt64: Int] {
        var translated: [UInt64: Int] = [:]
        for (zones, count) in counts {
            let seen = bits.enumerated().reduce(UInt64(0)) { seen, bit in
                zones & (1 << Int64(bit.offset)) != 0 ? seen | bit.element : seen
            }
            translated[seen, default: 0] += count
        }
        return translated
    }

    /// What became of all lines of the hour: the sums of the view `ledger`, without a pass over the
    /// tweets.
    func ledgerSums(tweets: Int) throws -> Ledger {
        let deleted = try count("SELECT count(*) FROM deletion JOIN tweet USING (id)")
        let leftOut = deleted * (try count("SELECT max(honoursDeletions) FROM partition"))
        var ledger = Ledger()
        ledger.notices = try count("SELECT sum(notices) FROM segment")
        ledger.quarantined = try count("SELECT sum(quarantined) FROM segment")
        let records = try count("SELECT sum(records) FROM segment")
        ledger.lines = records + ledger.notices + ledger.quarantined
        ledger.canonical = tweets - leftOut
        ledger.deleted = leftOut
        ledger.duplicates = records - tweets
        return ledger
    }

    func divergentTweets() throws -> Int {
        try count("SELECT count(DISTINCT id) FROM divergence")
    }

    /// Tweets that a notice deleted, whether the dataset honours that or not.
    func deletedTweets() throws -> Int {
        try count("SELECT count(*) FROM deletion JOIN tweet USING (id)")
    }

    private func count(_ sql: String) throws -> Int { Int(try database.integer(sql) ?? 0) }
}
