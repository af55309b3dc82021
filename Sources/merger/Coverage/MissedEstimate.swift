import Shared

/// How many tweets all zones missed.
struct MissedEstimate: Codable {
    struct Figure: Codable, Equatable {
        var value: Double
        /// Of the interval, in which the truth lies in 95 of 100 cases if the assumptions hold.
        var low: Double
        var high: Double
    }

    struct Model: Codable {
        /// `chapman`, `chao` or `log-linear`.
        var name: String
        var missed: Figure
    }

    /// The model that is reported, by the rule that `docs/COVERAGE.md` states.
    var model: String
    /// Missed while at least two zones were connected.
    var missed: Figure
    /// Missed while fewer than two were, from the rate around it.
    var blind: Figure
    /// Tweets that were seen, over those and all that are estimated, in percent.
    var completeness: Figure
    /// All models, the reported one among them.
    var models: [Model]
    /// Minutes that were used, and the tweets in them.
    var strata: Int
    var tweets: Int
    /// Time with fewer than two zones connected.
    var blindMs: Int64
    /// Sentences to be printed with the figure.
    var assumptions: [String]
}

/// What was seen in one minute of the span while the same zones were connected.
struct CaptureStratum {
    /// Bits of the zones that were connected throughout.
    var connected: UInt64
    /// How long, in milliseconds; a minute at most.
    var milliseconds: Int64
    /// Tweets by the bits of exactly those connected zones that saw them; never empty sets.
    var counts: [UInt64: Int]
}

protocol StratifiedEstimator {
    /// - Throws: nothing; nil where there is no stratum with two zones.
    static func estimate(_ strata: [CaptureStratum], zones: Int) -> MissedEstimate?
}
