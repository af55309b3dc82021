import Shared

/// What a reader wants to know first.
extension ReportPage {
    var headline: Section {
        Section("headline", "In short") {
            HTML("p", ["class": "lead"]) { sentence }
            warnings
            HTML("dl", ["class": "facts"]) {
                fact("tweets", "Tweets seen", [.count(tweets)], "by at least one zone")
                completeness
                fact(
                    "covered", "Time covered", [.percent(report.union.percent)],
                    "at least one zone connected, or filled afterwards")
                fact(
                    "gaps", "Without any zone", [.duration(absentMilliseconds)],
                    "in \(Figures.count(report.union.gaps.count, "gap"))")
            }
        }
    }

    /// That no zone covers, for certain or because it is not known.
    var absentMilliseconds: Int64 { report.union.gapMs + report.union.unknownMs }

    private var sentence: String {
        let names = Figures.count(report.zones.count, "zone")
        let seen =
            "\(names) recorded \(Figures.count(tweets, "tweet")) of this stream in "
            + "\(Figures.duration(spanMilliseconds)). "
        let time =
            absentMilliseconds == 0
            ? "At every moment at least one of them was connected, or the time was filled "
                + "afterwards. "
            : "For \(Figures.duration(absentMilliseconds)) none of them was connected, or it is "
                + "not known whether one was. "
        guard let estimate = report.estimate else {
            return seen + time + "How many tweets all of them missed cannot be estimated."
        }
        let missed = estimate.missedInAll
        return seen + time
            + "All of them together missed an estimated \(Figures.estimated(missed.value)) tweets "
            + "(95 % interval: \(Figures.interval(missed)))."
    }

    private var completeness: HTML {
        guard let estimate = report.estimate else {
            return fact(
                "completeness", "Completeness", [.text("not estimated")],
                HTML.shortened(
                    report.estimateRefusal ?? "no reason given", to: ReportLimits.textCharacters))
        }
        let figure = estimate.completeness
        return fact(
            "completeness", "Completeness", [.percent(figure.value)],
            "estimated; 95 % interval: \(Figures.percent(figure.low)) to "
                + Figures.percent(figure.high, .up))
    }

    private func fact(_ id: String, _ title: String, _ value: [HTML], _ remark: String) -> HTML {
        HTML("div", ["id": "fact-\(id)"]) {
            HTML("dt") { title }
            HTML("dd", ["class": "value"]) { value }
            HTML("dd") { remark }
        }
    }
}

extension MissedEstimate {
    /// Connected or not. The bounds are added up, which makes the interval too wide rather than too
    /// narrow.
    var missedInAll: Figure {
        Figure(
            value: missed.value + blind.value, low: missed.low + blind.low,
            high: missed.high + blind.high)
    }
}

extension Figures {
    /// Bounds rounded outward.
    static func interval(_ figure: MissedEstimate.Figure) -> String {
        "\(estimated(figure.low, .down)) to \(estimated(figure.high, .up))"
    }
}
