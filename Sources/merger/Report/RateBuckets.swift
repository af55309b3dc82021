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

    private static let minute: Int64 = 60_000
    private static let minuteSteps: [Int64] = [1, 2, 5, 10, 15, 30]
    private static let hourSteps: [Int64] = [
        1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 91 * 24, 182 * 24, 365 * 24,
    ]

    init(_ report: CoverageReport) {
        let from = report.span.from.milliseconds
        let length = report.span.to.milliseconds - from
        let hour = Timestamp.millisecondsPerHour
        let hasMinutes = report.hours.allSatisfy { $0.minutes != nil } && !report.hours.isEmpty
        let steps =
            (hasMinutes ? Self.minuteSteps.map { $0 * Self.minute } : [])
            + Self.hourSteps.map { $0 * hour }
        let most = Int64(ReportLimits.rateBars)
        // A span longer than 240 years is cut into years and more.
        let widest = (length / most / hour + 1) * hour
        stepMilliseconds = steps.first { (length + $0 - 1) / $0 <= most } ?? widest
        guard length > 0 else { return }
        buckets = stride(from: from, to: from + length, by: Int64.Stride(stepMilliseconds)).map {
            let end = min($0 + stepMilliseconds, from + length)
            return Bucket(
                from: Timestamp(milliseconds: $0), to: Timestamp(milliseconds: end), tweets: nil)
        }
        for counts in report.hours { add(counts, since: from, inMinutes: stepMilliseconds < hour) }
    }

    private mutating func add(
        _ counts: CoverageReport.HourCounts, since from: Int64, inMinutes: Bool
    ) {
        let start = counts.hour.start.milliseconds - from
        guard inMinutes, let minutes = counts.minutes else { return add(counts.tweets, at: start) }
        for (minute, sets) in minutes.enumerated() {
            add(sets.reduce(0) { $0 + $1.tweets }, at: start + Int64(minute) * Self.minute)
        }
    }

    private mutating func add(_ tweets: Int, at time: Int64) {
        let place = Int(time.flooredQuotient(by: stepMilliseconds))
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
