import Shared

/// The commands that print what a page shows.
struct ReportCommands {
    let report: CoverageReport

    /// Options for the span of the page. Only whole hours can be asked for; another span is that of all
    /// that the store knew of, which needs none.
    private var span: String {
        let (from, to) = (report.span.from, report.span.to)
        let (first, end) = (Partition(containing: from), Partition(containing: to))
        guard from < to, first.start == from, end.start == to else { return "" }
        let last = Partition(hoursSince1970: end.hoursSince1970 - 1)
        return " --since \(first) --until \(last)"
    }

    private var lag: String {
        let lag = report.rules.deliveryLagMs
        return lag == CoverageRules.deliveryLagDefault.wholeMilliseconds ? "" : " --lag \(lag)ms"
    }

    var coverage: String { "merger coverage\(span)\(lag) --minutes --json" }

    func select(_ filter: String) -> String { "\(coverage) | jq '\(filter)'" }

    func query(_ option: String) -> String { "merger query\(span) \(option)" }
}
