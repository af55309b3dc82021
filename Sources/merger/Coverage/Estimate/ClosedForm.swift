/// What all zones missed, by the formulas that need no fitting.
enum ClosedForm {
    /// Half an event for each zone that lost nothing, spread over all of the tweets: what the upper
    /// end of the interval goes by where the counts themselves say none.
    private static let halfEvent = 0.5

    /// Lincoln-Petersen with Chapman's correction, block by block; the variance is Seber's (1970).
    static func chapman(_ group: CaptureBlocks) -> Moments {
        precondition(group.zones == 2, "Chapman's correction is for two zones")
        var value = 0.0
        var variance = 0.0
        for block in group.blocks {
            let (first, second) = (Double(block.single[0]), Double(block.single[1]))
            let both = Double(block.pairs)
            value += first * second / (both + 1)
            variance +=
                (first + both + 1) * (second + both + 1) * first * second
                / ((both + 1) * (both + 1) * (both + 2))
        }
        return floored(value, variance, group)
    }

    /// Chao's lower bound for zones that lose differently (1989), block by block:
    /// Σ Zi Zj / (f2 + 1), where zone i alone saw Zi tweets and exactly two zones saw f2.
    ///
    /// The form by f1² / 2 f2 is no bound here: it takes the zones for equal, and exceeds the truth where
    /// they are not. With two zones this one is Chapman's.
    static func chao(_ group: CaptureBlocks) -> Moments {
        var value = 0.0
        var variance = 0.0
        for block in group.blocks {
            let single = block.single.map(Double.init)
            let ones = single.reduce(0, +)
            let products = (ones * ones - single.reduce(0) { $0 + $1 * $1 }) / 2
            let pairs = Double(block.pairs)
            let missed = products / (pairs + 1)
            let doubt = single.reduce(0) { $0 + $1 * (ones - $1) * (ones - $1) }
            value += missed
            variance += missed + (doubt + missed * missed * pairs) / ((pairs + 1) * (pairs + 1))
        }
        return floored(value, variance, group)
    }

    /// The same with an upper end that is above 0 even where nothing was missed.
    static func floored(
        _ value: Double, _ variance: Double, _ group: CaptureBlocks
    ) -> Moments {
        Moments(
            value: value, variance: variance, least: least(group),
            doubt: Double(group.zones) / halfEvent)
    }

    /// What zones that lose independently would all miss if each had lost half a tweet more.
    private static func least(_ group: CaptureBlocks) -> Double {
        let tweets = Double(group.total.tweets)
        guard tweets > 0 else { return 0 }
        var used = 0.0
        var sum = 0.0
        for block in group.blocks {
            let size = Double(block.tweets)
            let share = halfEvent * size / tweets
            used += size
            sum += size * block.misses.reduce(1) { $0 * (Double($1) + share) / size }
        }
        // Where no zone lost anything, each block has the same chance per tweet.
        let rest = tweets - used
        var chance = 1.0
        for _ in 0..<group.zones { chance *= halfEvent / tweets }
        return sum + rest * chance
    }
}
