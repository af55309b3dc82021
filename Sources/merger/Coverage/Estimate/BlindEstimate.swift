/// What was missed while fewer than two zones were connected.
///
/// A zone that is alone is taken to lose as much as it does in company. Where no zone is connected, or
/// one that was never in company, as many tweets are expected as the rate around it says.
struct BlindEstimate {
    /// How much comparable time on either side gives the rate: as much as the blind span lasts, and at
    /// least that.
    static let surroundingsMinMs: Int64 = 30 * 60_000
    private static let halfEvent = 0.5

    private(set) var missed = Moments()
    private(set) var milliseconds: Int64 = 0

    init(_ strata: [CaptureStratum]) {
        let losses = ZoneLoss.byZone(strata)
        var alone: [UInt64: Int] = [:]
        var place = 0
        while place < strata.count {
            guard !strata[place].isComparable else {
                place += 1
                continue
            }
            var span = BlindSpan(range: place..<place)
            while place < strata.count, !strata[place].isComparable {
                let stratum = strata[place]
                milliseconds += stratum.milliseconds
                if losses[stratum.connected] != nil {
                    alone[stratum.connected, default: 0] += stratum.tweets
                } else {
                    span.milliseconds += stratum.milliseconds
                    span.tweets += stratum.tweets
                }
                place += 1
            }
            span.range = span.range.lowerBound..<place
            if span.milliseconds > 0 { missed = missed + Self.unseen(span, strata) }
        }
        for (zone, tweets) in alone.sorted(by: { $0.key < $1.key }) {
            if let loss = losses[zone] { missed = missed + loss.missed(beside: tweets) }
        }
    }

    /// A run of strata with fewer than two zones.
    private struct BlindSpan {
        var range: Range<Int>
        /// Of those of its strata for which the rate around must do.
        var milliseconds: Int64 = 0
        var tweets = 0
    }

    /// By the rate around it. All of the span may run at another rate than its surroundings do: its
    /// rate is taken to scatter as much as theirs does from minute to minute.
    private static func unseen(_ span: BlindSpan, _ strata: [CaptureStratum]) -> Moments {
        let length = max(span.milliseconds, surroundingsMinMs)
        let before = surroundings(strata[..<span.range.lowerBound].reversed(), length)
        let after = surroundings(strata[span.range.upperBound...], length)
        let around = before + after
        let time = around.reduce(0) { $0 + Double($1.milliseconds) }
        guard time > 0 else { return Moments() }
        let rates = [before, after].filter { !$0.isEmpty }.map(rate)
        let rate = rates.reduce(0, +) / Double(rates.count)
        let scatter = around.reduce(0) { sum, stratum in
            let own = Double(stratum.tweets) / Double(stratum.milliseconds)
            return sum + Double(stratum.milliseconds) * (own - rate) * (own - rate)
        }
        let milliseconds = Double(span.milliseconds)
        let value = max(0, rate * milliseconds - Double(span.tweets))
        let variance =
            value + milliseconds * milliseconds * scatter / time * (1 + 1 / Double(around.count))
        return Moments(
            value: value, variance: variance, least: halfEvent * milliseconds / time,
            doubt: 1 / halfEvent)
    }

    /// The nearest comparable strata that together last so long.
    private static func surroundings(
        _ strata: some Sequence<CaptureStratum>, _ length: Int64
    ) -> [CaptureStratum] {
        var found: [CaptureStratum] = []
        var left = length
        for stratum in strata where stratum.isComparable && stratum.milliseconds > 0 {
            guard left > 0 else { break }
            found.append(stratum)
            left -= stratum.milliseconds
        }
        return found
    }

    private static func rate(_ strata: [CaptureStratum]) -> Double {
        Double(strata.reduce(0) { $0 + $1.tweets })
            / Double(strata.reduce(0) { $0 + $1.milliseconds })
    }
}
