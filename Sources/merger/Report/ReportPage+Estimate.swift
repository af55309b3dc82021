import Shared

extension ReportPage {
    var missed: Section {
        Section("missed", "What did all zones miss?") {
            if let estimate = report.estimate {
                HTML("p") {
                    "Nobody saw these tweets, so their number is estimated: from how often one zone "
                    "saw what another, connected too, did not. "
                    HTML.count(estimate.tweets)
                    " tweets in \(Figures.count(estimate.strata, "minute")) went into it. For "
                    HTML.duration(estimate.blindMs)
                    " fewer than two zones were connected; for that time the rate around it stands."
                }
                Self.figures(estimate, seen: tweets)
                Self.models(estimate)
                HTML("h3") { "This holds if" }
                HTML("ul", ["class": "assumptions"]) {
                    for assumption in estimate.assumptions { HTML("li") { assumption } }
                }
                if report.inputs.notMerged > 0 {
                    HTML("p", ["class": "warning"]) {
                        "Not all segments have been merged, so that the estimate is too high or too "
                        "low: a tweet that was not counted seems to be one that was lost."
                    }
                }
            } else {
                HTML("p") {
                    "This cannot be estimated: "
                    HTML.foreign(report.estimateRefusal ?? "no reason given")
                }
            }
        }
    }

    private static func figures(_ estimate: MissedEstimate, seen: Int) -> [HTML] {
        func row(_ name: String, _ figure: MissedEstimate.Figure) -> [[HTML]] {
            [
                [.text(name)], [.estimated(figure.value)], [.estimated(figure.low, .down)],
                [.estimated(figure.high, .up)],
            ]
        }
        let share = estimate.completeness
        return ReportTable(
            name: "missed", caption: "Tweets that all zones missed (95 % interval)",
            columns: [
                .words("missed"), .number("estimate"), .number("at least"), .number("at most"),
            ],
            rows: [
                row("with two zones or more connected", estimate.missed),
                row("with fewer connected", estimate.blind),
                row("together", estimate.missedInAll),
                [
                    [.text("completeness")], [.percent(share.value)], [.percent(share.low)],
                    [.percent(share.high, .up)],
                ],
            ]
        ).html
    }

    private static func models(_ estimate: MissedEstimate) -> [HTML] {
        ReportTable(
            name: "models", caption: "All models, with two zones or more connected",
            columns: [
                .words("model"), .number("missed"), .number("at least"), .number("at most"),
                .words("use"),
            ],
            rows: estimate.models.map { model in
                [
                    [.text(ReportModels.title(of: model.name))],
                    [.estimated(model.missed.value)], [.estimated(model.missed.low, .down)],
                    [.estimated(model.missed.high, .up)],
                    [.text(model.name == estimate.model ? "reported" : "for comparison")],
                ]
            }
        ).html
    }
}

/// What the models of an estimate are called and where they are described.
enum ReportModels {
    static func title(of name: String) -> String {
        switch name {
        case "chapman": "Lincoln-Petersen, with Chapman’s correction"
        case "chao": "Chao’s lower bound"
        case "log-linear": "log-linear"
        default: name
        }
    }

    static func source(of name: String) -> String? {
        switch name {
        case "chapman":
            "D. G. Chapman, Some properties of the hypergeometric distribution with applications to "
                + "zoological sample censuses, University of California Publications in Statistics 1 "
                + "(1951), 131–160"
        case "chao":
            "A. Chao, Estimating the population size for capture-recapture data with unequal "
                + "catchability, Biometrics 43 (1987), 783–791"
        case "log-linear":
            "S. E. Fienberg, The multiple recapture census for closed populations and incomplete 2^k "
                + "contingency tables, Biometrika 59 (1972), 591–603"
        default: nil
        }
    }
}
