private import Glibc

/// A Poisson model of how many tweets of a block which zones lack:
/// log mean = block + Σ zone of the block + Σ pair, over the zones and pairs that lack it.
///
/// Each block has its own rate and its own loss of each zone; what a pair adds, the dependence between
/// two zones, is the same in all blocks. The cell of tweets that all zones lack cannot be seen; the
/// model projects it.
struct LogLinearModel {
    /// Zones of which each pair may be in the model; beyond it, 2^zones cells are too many to be filled.
    static let zonesMax = 5
    private static let iterationsMax = 60
    private static let halvingsMax = 20
    /// Twice what the likelihood still gains by a step; below it the step is the last one.
    private static let gainMin = 1e-13

    struct Fit {
        var logLikelihood: Double
        /// What a pair adds to the logarithm, in the order of the model's pairs.
        var dependences: [Double]
        /// Tweets that all zones lack; the variance is by the delta method.
        var missed: Moments
    }

    /// Masks of two zones each.
    var pairs: [UInt64] = []

    /// Newton's method from independence; nil where it does not settle.
    func fit(_ blocks: [CaptureTable]) -> Fit? {
        var state = blocks.map { LogLinearBlock($0, pairs: pairs) }
        var dependences = Array(repeating: 0.0, count: pairs.count)
        var likelihood = logLikelihood(state, dependences)
        for _ in 0..<Self.iterationsMax {
            let step = LogLinearStep(state, dependences)
            var scale = 1.0
            var isBetter = false
            for _ in 0..<Self.halvingsMax where !isBetter {
                let (next, shared) = step.taken(from: state, dependences, scale: scale)
                let reached = logLikelihood(next, shared)
                if reached >= likelihood || step.gain * scale < Self.gainMin, reached.isFinite {
                    (state, dependences, likelihood) = (next, shared, reached)
                    isBetter = true
                }
                scale /= 2
            }
            guard isBetter else { return nil }
            if step.gain < Self.gainMin {
                return Fit(
                    logLikelihood: likelihood, dependences: dependences,
                    missed: projection(state, dependences))
            }
        }
        return nil
    }

    private func logLikelihood(_ blocks: [LogLinearBlock], _ dependences: [Double]) -> Double {
        blocks.reduce(0) { $0 + $1.logLikelihood(dependences) }
    }

    private func projection(_ blocks: [LogLinearBlock], _ dependences: [Double]) -> Moments {
        let missed = blocks.map { $0.projection(dependences) }
        let value = missed.reduce(0, +)
        let doubt = LogLinearStep(blocks, dependences).variance(ofSum: missed)
        return Moments(value: value, variance: value + doubt)
    }
}
