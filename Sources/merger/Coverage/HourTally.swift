import Shared

/// What the index of one hour says of its tweets, in the bits of the report's zones.
struct HourTally: Sendable {
    /// Of one zone while it was connected.
    struct Exposure: Sendable {
        /// Tweets that another zone saw.
        var exposed = 0
        /// Those of them that it did not deliver.
        var undelivered = 0
        /// Tweets that only zones saw which had asked for something else.
        var otherSelection = 0
    }

    let hour: Partition
    /// Tweets by the zones that saw them.
    private(set) var sets: [UInt64: Int] = [:]
    /// The same for each minute.
    private(set) var minutes: [[UInt64: Int]]
    /// By zone.
    private(set) var exposures: [Exposure]
    /// In order of time, over all of the hour that the span holds.
    private(set) var strata: [CaptureStratum] = []

    var tweets: Int { sets.values.reduce(0, +) }

    /// Whether there is an index; without one nothing was merged, and there are no tweets.
    let hasIndex: Bool
    private(set) var ledger = Ledger()
    private(set) var divergentTweets = 0
    private(set) var deletedTweets = 0

    /// - Parameters:
    ///   - zones: of the report, in order of their bits.
    ///   - span: strata are made of what lies in it.
    init(
        _ grid: CoverageGrid, _ index: PartitionIndex?, zones: [Zone],
        span: CoverageReport.Interval
    ) throws {
        hour = grid.hour
        hasIndex = index != nil
        minutes = Array(repeating: [:], count: CoverageGrid.minutes)
        exposures = Array(repeating: Exposure(), count: zones.count)
        guard let index else {
            strata = Self.strata(grid, grid.cells.map { _ in [:] }, span)
            return
        }
        let bits = try index.zones().map { zone in
            zones.firstIndex(of: zone).map { UInt64(1) << UInt64($0) } ?? 0
        }
        let counts = try index.zoneSets(over: grid, bits: bits)
        for (cell, counts) in zip(grid.cells, counts) {
            for (zones, count) in counts {
                sets[zones, default: 0] += count
                minutes[cell.minute][zones, default: 0] += count
                expose(cell, zones, count)
            }
        }
        strata = Self.strata(grid, counts, span)
        ledger = try index.ledgerSums(tweets: tweets)
        divergentTweets = try index.divergentTweets()
        deletedTweets = try index.deletedTweets()
    }

    private static func strata(
        _ grid: CoverageGrid, _ counts: [[UInt64: Int]], _ span: CoverageReport.Interval
    ) -> [CaptureStratum] {
        var open = OpenStrata()
        for (cell, counts) in zip(grid.cells, counts) {
            guard let part = cell.interval.clipped(to: span) else { continue }
            open.add(cell, part.milliseconds, counts)
        }
        return open.finish()
    }

    private mutating func expose(_ cell: CoverageGrid.Cell, _ zones: UInt64, _ count: Int) {
        for zone in exposures.indices {
            let bit: UInt64 = 1 << UInt64(zone)
            guard cell.connected & bit != 0, zones & ~bit != 0 else { continue }
            if zones & cell.peers[zone] & ~bit != 0 {
                exposures[zone].exposed += count
                if zones & bit == 0 { exposures[zone].undelivered += count }
            } else if zones & bit == 0 {
                exposures[zone].otherSelection += count
            }
        }
    }
}

/// The strata of the minute that is being read.
private struct OpenStrata {
    private var done: [CaptureStratum] = []
    private var minute = -1
    /// In order of their first moments.
    private var open: [CaptureStratum] = []

    mutating func add(_ cell: CoverageGrid.Cell, _ milliseconds: Int64, _ counts: [UInt64: Int]) {
        if cell.connected == 0, counts.isEmpty { return addEmpty(milliseconds) }
        if cell.minute != minute {
            done += open
            open = []
            minute = cell.minute
        }
        for connected in Self.groups(cell) {
            let others = Self.others(cell, connected)
            let place = place(connected, cell.recovered & others)
            open[place].milliseconds += milliseconds
            for (zones, count) in counts {
                if let seen = Self.seen(zones, connected) {
                    open[place].counts[seen, default: 0] += count
                } else if zones & others != 0 {
                    open[place].found += count
                }
            }
        }
    }

    private mutating func place(_ connected: UInt64, _ recovered: UInt64) -> Int {
        let place = open.firstIndex { $0.connected == connected && $0.recovered == recovered }
        if let place { return place }
        open.append(
            CaptureStratum(
                connected: connected, milliseconds: 0, counts: [:], recovered: recovered))
        return open.count - 1
    }

    /// Time in which nothing was connected and nothing came need not be told by minutes.
    private mutating func addEmpty(_ milliseconds: Int64) {
        done = finish()
        (open, minute) = ([], -1)
        if let last = done.last, last.connected == 0, last.counts.isEmpty {
            done[done.count - 1].milliseconds += milliseconds
        } else {
            done.append(CaptureStratum(connected: 0, milliseconds: milliseconds, counts: [:]))
        }
    }

    func finish() -> [CaptureStratum] { done + open }

    /// The connected zones that can be compared with each other, since they asked for the same. Where
    /// no two can, the first that is connected, or none.
    private static func groups(_ cell: CoverageGrid.Cell) -> [UInt64] {
        var groups: [UInt64] = []
        for (zone, peers) in cell.peers.enumerated()
        where cell.connected & (1 << UInt64(zone)) != 0 {
            let group = peers & cell.connected
            if group.nonzeroBitCount >= 2, !groups.contains(group) { groups.append(group) }
        }
        let first = cell.connected & ~(cell.connected &- 1)
        return groups.isEmpty ? [first] : groups
    }

    /// The zones that asked for the same as those that are compared, and were not connected. Where
    /// nothing is compared, they do not matter.
    private static func others(_ cell: CoverageGrid.Cell, _ connected: UInt64) -> UInt64 {
        guard connected.nonzeroBitCount >= 2 else { return 0 }
        return cell.peers[connected.trailingZeroBitCount] & ~cell.connected
    }

    /// Nil for a tweet that none of those that are compared saw. Where there is nothing to compare,
    /// a tweet that others brought, or that came in time all the same, was not missed.
    private static func seen(_ zones: UInt64, _ connected: UInt64) -> UInt64? {
        let seen = zones & connected
        if seen != 0 { return seen }
        return connected.nonzeroBitCount >= 2 ? nil : zones
    }
}
