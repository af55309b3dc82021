/// How many tweets all zones missed: what `docs/ESTIMATE.md` describes.
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

    /// The model that is reported, by the rule that `docs/ESTIMATE.md` states.
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
