import Shared

/// That less of a span is covered than `--require` asks for.
struct CoverageShortfall: OperatorError {
    var message: String
    var cause: (any Error)?
    var disposition: Disposition { .giveUp }
    var exitCode: ExitCode { .thresholdMissed }

    /// Nil where enough is covered.
    init?(_ report: CoverageReport, required: Double) {
        guard report.union.percent < required else { return nil }
        let missing = report.union.gapMs + report.union.unknownMs
        let longest = report.union.gaps.max { $0.milliseconds < $1.milliseconds }
        let place = longest.map { ", the longest from \($0.startTime) to \($0.endTime)" } ?? ""
        message =
            "coverage: \(CoverageWords.percent(report.union.percent)) of the span, and \(required) % "
            + "are required: \(CoverageWords.duration(missing)) in \(report.union.gaps.count) gaps"
            + "\(place): see merger coverage --gaps"
    }
}
