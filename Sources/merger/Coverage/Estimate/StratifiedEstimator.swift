/// Estimates how many tweets all zones missed, from which zones saw which.
///
/// Strata come in order of time. Equal strata give equal figures: nothing here is drawn by chance.
enum StratifiedEstimator {
    /// Nil where there is nothing to compare; ``refusal(of:)`` says why.
    static func estimate(_ strata: [CaptureStratum]) -> MissedEstimate? {
        guard refusal(of: strata) == nil else { return nil }
        let groups = CaptureBlocks.group(strata)
        let models = ModelSums(groups)
        let blind = BlindEstimate(strata)
        let seen = strata.reduce(0) { $0 + $1.tweets + $1.found }
        return MissedEstimate(
            model: models.reported.name, missed: models.reported.missed.figure,
            blind: blind.missed.figure,
            completeness: completeness(seen: seen, models.reported.missed + blind.missed),
            models: models.all.map {
                MissedEstimate.Model(name: $0.name, missed: $0.missed.figure)
            },
            strata: strata.count { $0.isComparable },
            tweets: groups.reduce(0) { $0 + $1.total.tweets }, blindMs: blind.milliseconds,
            assumptions: EstimateAssumptions.sentences(models, blind))
    }

    /// Why nothing can be estimated, if so.
    static func refusal(of strata: [CaptureStratum]) -> String? {
        let comparable = strata.filter(\.isComparable)
        if comparable.isEmpty { return "no two zones were connected at the same time" }
        if comparable.allSatisfy({ $0.tweets == 0 }) {
            return "no tweet was seen while two zones were connected"
        }
        return nil
    }

    private static func completeness(seen: Int, _ missed: Moments) -> MissedEstimate.Figure {
        let seen = Double(seen)
        let missed = missed.figure
        func percent(_ missed: Double) -> Double { 100 * seen / (seen + missed) }
        return MissedEstimate.Figure(
            value: percent(missed.value), low: percent(missed.high), high: percent(missed.low))
    }
}
