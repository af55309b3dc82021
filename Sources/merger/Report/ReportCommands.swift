import Shared

/// The commands that print what a page shows.
struct ReportCommands {
    let span: CoverageReport.Interval

    /// Options for exactly this span.
    private var options: String {
        let last = Partition(containing: Timestamp(milliseconds: span.to.milliseconds - 1))
        return "--since \(Partition(containing: span.from)) --until \(last)"
    }

    var coverage: String { "merger coverage \(options) --json" }

    func select(_ filter: String) -> String { "\(coverage) | jq '\(filter)'" }

    func query(_ option: String) -> String { "merger query \(options) \(option)" }
}
