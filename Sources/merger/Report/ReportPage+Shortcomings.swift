import Shared

/// What keeps the figures of a page from being those of all that the zones recorded.
extension ReportPage {
    /// Beneath the headline, since every figure of the page is subject to it.
    var warnings: [HTML] {
        let inputs = report.inputs
        var warnings: [HTML] = []
        if inputs.notMerged > 0 {
            warnings.append(
                HTML("p", ["class": "warning"]) {
                    HTML.count(inputs.notMerged)
                    " \(Self.areNotMerged(inputs.notMerged)), and what only they hold is not "
                    "counted: zones seem to lack tweets that they recorded. To merge: "
                    HTML.code("merger run")
                })
        }
        if !inputs.problems.isEmpty {
            warnings.append(
                HTML("p", ["class": "warning"]) {
                    HTML.count(inputs.problems.count)
                    " \(Self.wereLeftOut(inputs.problems.count)), and the time that only they tell "
                    "of is unknown. "
                    HTML("a", ["href": "#provenance"]) { "Which, and why" }
                })
        }
        return warnings
    }

    /// For the paragraph to cite; empty where nothing is missing.
    var shortcomingsInWords: String {
        let inputs = report.inputs
        var text = ""
        if inputs.notMerged > 0 {
            text +=
                "\(Figures.grouped(inputs.notMerged)) \(Self.areNotMerged(inputs.notMerged)); "
                + "posts that only they hold are not counted. "
        }
        if !inputs.problems.isEmpty {
            text +=
                "\(Figures.grouped(inputs.problems.count)) "
                + "\(Self.wereLeftOut(inputs.problems.count)). "
        }
        return text
    }

    /// Why manifests were left out: as many as ``ReportLimits/problems``.
    var leftOut: [HTML] {
        let problems = report.inputs.problems
        let left = problems.count - ReportLimits.problems
        let list = HTML("ul", ["class": "problems"]) {
            for problem in problems.prefix(ReportLimits.problems) {
                HTML("li") { HTML.foreign(problem) }
            }
        }
        guard left > 0 else { return [list] }
        return [list, ReportTable.remark(left, commands.select(".inputs.problems"))]
    }

    private static func areNotMerged(_ count: Int) -> String {
        count == 1 ? "segment is not merged" : "segments are not merged"
    }

    private static func wereLeftOut(_ count: Int) -> String {
        count == 1
            ? "manifest could not be read and was left out"
            : "manifests could not be read and were left out"
    }
}
