private import Glibc

/// Which pairs of zones depend on each other: the pairs that the log-linear model of a group needs.
///
/// From independence on, the pair that lowers the Bayesian information criterion most is taken in, until
/// none lowers it. All such models are hierarchical: the zones of a pair are always in.
struct LogLinearChoice {
    /// A pair that shares fewer losses than that cannot be told from chance.
    static let sharedLossesMin = 5

    var pairs: [UInt64]
    var fit: LogLinearModel.Fit

    /// Nil where the zones are too many or the model does not settle.
    init?(_ group: CaptureBlocks) {
        guard (3...LogLinearModel.zonesMax).contains(group.zones),
            let independent = LogLinearModel().fit(group.blocks)
        else { return nil }
        pairs = []
        fit = independent
        var left = Self.candidates(group.total)
        // Only tweets that a zone lacks say anything about dependence.
        let losses = group.total.tweets - (group.total.lacking[0] ?? 0)
        let price = log(Double(max(losses, 1)))
        while let best = Self.best(pairs, left, group.blocks),
            2 * (best.fit.logLikelihood - fit.logLikelihood) > price
        {
            pairs.append(best.pair)
            fit = best.fit
            left.removeAll { $0 == best.pair }
        }
    }

    private static func best(
        _ pairs: [UInt64], _ candidates: [UInt64], _ blocks: [CaptureTable]
    ) -> (pair: UInt64, fit: LogLinearModel.Fit)? {
        candidates.compactMap { pair in
            LogLinearModel(pairs: pairs + [pair]).fit(blocks).map { (pair, $0) }
        }.max { $0.fit.logLikelihood < $1.fit.logLikelihood }
    }

    private static func candidates(_ table: CaptureTable) -> [UInt64] {
        var candidates: [UInt64] = []
        for first in 0..<UInt64(table.zones) {
            for second in (first + 1)..<max(UInt64(table.zones), first + 1) {
                let pair: UInt64 = 1 << first | 1 << second
                let shared = table.lacking.reduce(0) { $0 + ($1.key & pair == pair ? $1.value : 0) }
                if shared >= sharedLossesMin { candidates.append(pair) }
            }
        }
        return candidates
    }
}
