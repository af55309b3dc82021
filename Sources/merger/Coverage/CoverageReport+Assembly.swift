import Shared

extension CoverageReport {
    /// - Parameters:
    ///   - timelines: of the interval, in order of rank.
    ///   - tallies: in order, of every hour that has an index or a part in the interval.
    init(
        _ inputs: CoverageInputs, _ timelines: [ZoneTimeline], _ tallies: [HourTally],
        in interval: Interval, hasMinutes: Bool, stream: String
    ) {
        let zones = timelines.map(\.zone)
        let counts = tallies.reduce(into: [UInt64: Int]()) { sum, tally in
            sum.merge(tally.sets, uniquingKeysWith: +)
        }
        let strata = tallies.flatMap(\.strata)
        software = MergerProgram.software
        self.stream = stream
        span = interval
        rules = Rules(inputs.rules)
        self.inputs = inputs.document
        self.zones = timelines.enumerated().map { bit, timeline in
            ZoneCoverage(timeline, bit, counts, tallies.map { $0.exposures[bit] })
        }
        union = UnionCoverage(UnionTimeline(timelines, in: interval), interval)
        sets = Self.sets(counts, zones)
        hours = tallies.filter(\.hasIndex).map { tally in
            HourCounts(
                hour: tally.hour, tweets: tally.tweets, sets: Self.sets(tally.sets, zones),
                minutes: hasMinutes ? tally.minutes.map { Self.sets($0, zones) } : nil)
        }
        selections = timelines.flatMap { timeline in
            timeline.selectionChanges(in: interval).map {
                ZoneSelection(zone: timeline.zone, from: $0.from, selection: $0.selection)
            }
        }
        estimate = StratifiedEstimator.estimate(strata)
        estimateRefusal = StratifiedEstimator.refusal(of: strata)
        ledger = tallies.reduce(Ledger()) { $0 + $1.ledger }
        divergentTweets = tallies.reduce(0) { $0 + $1.divergentTweets }
        deletedTweets = tallies.reduce(0) { $0 + $1.deletedTweets }
    }

    /// The largest sets first, and of those of equal size the one of most tweets.
    private static func sets(_ counts: [UInt64: Int], _ zones: [Zone]) -> [ZoneSetCount] {
        counts.sorted { left, right in
            (right.key.nonzeroBitCount, right.value, left.key)
                < (left.key.nonzeroBitCount, left.value, right.key)
        }.map { bits, count in
            ZoneSetCount(zones: zones.selected(by: bits), tweets: count)
        }
    }
}

extension CoverageReport.Rules {
    fileprivate init(_ rules: CoverageRules) {
        deliveryLagMs = rules.deliveryLag.wholeMilliseconds
        checkedClockDoubtMs = CoverageRules.checkedClockDoubt.wholeMilliseconds
        uncheckedClockDoubtMs = CoverageRules.uncheckedClockDoubt.wholeMilliseconds
    }
}

extension CoverageReport.ZoneCoverage {
    fileprivate init(
        _ timeline: ZoneTimeline, _ bit: Int, _ counts: [UInt64: Int],
        _ exposures: [HourTally.Exposure]
    ) {
        let own: UInt64 = 1 << UInt64(bit)
        let milliseconds = timeline.stretches.milliseconds
        zone = timeline.zone
        stretches = timeline.stretches
        coveredMs = milliseconds[.covered] ?? 0
        recoveredMs = milliseconds[.recovered] ?? 0
        gapMs = milliseconds[.gap] ?? 0
        unknownMs = milliseconds[.unknown] ?? 0
        tweets = counts.filter { $0.key & own != 0 }.values.reduce(0, +)
        lacks = counts.filter { $0.key & own == 0 }.values.reduce(0, +)
        onlyHere = counts[own] ?? 0
        exposed = exposures.reduce(0) { $0 + $1.exposed }
        undelivered = exposures.reduce(0) { $0 + $1.undelivered }
        otherSelection = exposures.reduce(0) { $0 + $1.otherSelection }
    }
}

extension CoverageReport.UnionCoverage {
    private static let percentMax = 100.0

    fileprivate init(_ union: UnionTimeline, _ interval: CoverageReport.Interval) {
        let milliseconds = union.stretches.milliseconds
        stretches = union.stretches
        coveredMs = milliseconds[.covered] ?? 0
        recoveredMs = milliseconds[.recovered] ?? 0
        gapMs = milliseconds[.gap] ?? 0
        unknownMs = milliseconds[.unknown] ?? 0
        percent =
            interval.isEmpty
            ? 0
            : Self.percentMax * Double(coveredMs + recoveredMs) / Double(interval.milliseconds)
        msByZoneCount = union.msByZoneCount
        gaps = union.gaps()
    }
}

extension [CoverageReport.Stretch] {
    fileprivate var milliseconds: [CoverageReport.State: Int64] {
        reduce(into: [:]) { sums, stretch in
            sums[stretch.state, default: 0] += stretch.milliseconds
        }
    }
}
