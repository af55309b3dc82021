import Shared

/// Tweets over time, in steps that are as fine as a page can show.
struct RateBuckets {
    struct Bucket: Equatable {
        var from: Timestamp
        var to: Timestamp
        /// Nil where the span has no index.
        var tweets: Int?

        /// Tweets a minute.
        var rate: Double? {
            let milliseconds = to.milliseconds - from.milliseconds
            guard let tweets, milliseconds > 0 else { return nil }
            return Double(tweets) * 60_000 / Double(milliseconds)
        }
    }

    /// Without holes, the whole span.
    private(set) var buckets: [Bucket] = []
    let stepMilliseconds: Int64
    /// Of the first step, at or before the start of the span.
    private let start: Int64

    private static let minute: Int64 = 60_000
    private static let minuteSteps: [Int64] = [1, 2, 5, 10, 15, 30]
    private static let hourSteps: [Int64] = [
        1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 91 * 24, 182 * 24, 365 * 24,
    ]

    init(_ report: CoverageReport) {
        let (from, to) = (report.span.from.milliseconds, report.span.to.milliseconds)
        let hour = Timestamp.millisecondsPerHour
        let hasMinutes = report.hours.allSatisfy { $0.minutes != nil } && !report.hours.isEmpty
        let steps =
            (hasMinutes ? Self.minuteSteps.map { $0 * Self.minute } : [])
            + Self.hourSteps.map { $0 * hour }
        let most = Int64(ReportLimits.rateBars)
        // A span longer than 240 years is cut into years and more.
        let widest = ((to - from + hour) / most / hour + 1) * hour
        let step =
            steps.first { (to - Self.start(of: from, $0) + $0 - 1) / $0 <= most } ?? widest
        stepMilliseconds = step
        start = Self.start(of: from, step)
        guard from < to else { return }
        buckets = stride(from: start, to: to, by: Int64.Stride(step)).map {
            Bucket(
                from: Timestamp(milliseconds: max($0, from)),
                to: Timestamp(milliseconds: min($0 + step, to)), tweets: nil)
        }
        for counts in report.hours { add(counts, inMinutes: step < hour) }
    }

    /// A span may begin within a minute; counts are of whole minutes and hours.
    private static func start(of time: Int64, _ step: Int64) -> Int64 {
        let hour = Timestamp.millisecondsPerHour
        let unit = step < hour ? minute : hour
        return time.flooredQuotient(by: unit) * unit
    }

    private mutating func add(_ counts: CoverageReport.HourCounts, inMinutes: Bool) {
        let hour = counts.hour.start.milliseconds
        guard inMinutes, let minutes = counts.minutes else { return add(counts.tweets, at: hour) }
        for (minute, sets) in minutes.enumerated() {
            add(sets.reduce(0) { $0 + $1.tweets }, at: hour + Int64(minute) * Self.minute)
        }
    }

    private mutating func add(_ tweets: Int, at time: Int64) {
        let place = Int((time - start).flooredQuotient(by: stepMilliseconds))
        guard buckets.indices.contains(place) else { return }
        buckets[place].tweets = (buckets[place].tweets ?? 0) + tweets
    }

    /// The least of 1, 2, 2.5, 5 times a power of ten that no rate exceeds; at least 1.
    var scale: Double {
        let most = buckets.compactMap(\.rate).max() ?? 0
        var power = 1.0
        while power.isFinite {
            for factor in [1, 2, 2.5, 5] where factor * power >= most { return factor * power }
            power *= 10
        }
        return max(1, most)
    }
}
