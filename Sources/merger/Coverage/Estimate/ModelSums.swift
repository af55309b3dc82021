/// What each model says about a whole span: the sum over all sets of zones.
struct ModelSums {
    struct Model {
        var name: String
        var missed: Moments
    }

    /// The reported one first.
    private(set) var all: [Model]
    /// Pairs of zones in the log-linear model, over all sets of zones.
    private(set) var dependentPairs = 0
    /// Whether a set of zones was too large for the log-linear model, or the model did not settle.
    private(set) var isBoundOnly = false

    var reported: Model { all[0] }

    /// With two zones Chapman's estimate; with more, the log-linear one where each set of three and
    /// more can be fitted, and else Chao's bound. Minutes with two of several zones are Chapman's in
    /// every model.
    init(_ groups: [CaptureBlocks]) {
        var bound = Moments()
        var fitted = Moments()
        for group in groups {
            if group.zones == 2 {
                let chapman = ClosedForm.chapman(group).less(group.found)
                bound = bound + chapman
                fitted = fitted + chapman
                continue
            }
            bound = bound + ClosedForm.chao(group).less(group.found)
            if let choice = LogLinearChoice(group) {
                dependentPairs += choice.pairs.count
                let missed = choice.fit.missed
                let floored = ClosedForm.floored(missed.value, missed.variance, group)
                fitted = fitted + floored.less(group.found)
            } else {
                isBoundOnly = true
            }
        }
        guard groups.contains(where: { $0.zones > 2 }) else {
            all = [Model(name: "chapman", missed: fitted)]
            return
        }
        all = [Model(name: "chao", missed: bound)]
        if !isBoundOnly { all.insert(Model(name: "log-linear", missed: fitted), at: 0) }
    }
}
