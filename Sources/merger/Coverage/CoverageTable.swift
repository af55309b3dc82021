import Shared

/// A report for people: what is covered first, then what is not and why, then what was seen.
struct CoverageTable {
    private let report: CoverageReport
    private let spanMs: Int64

    /// More are counted and left to `--gaps` and `--json`.
    private static let gapsMax = 20

    init(_ report: CoverageReport) {
        self.report = report
        spanMs = report.span.milliseconds
    }

    func print() {
        Output.line(
            "\(report.span.from) to \(report.span.to), \(CoverageWords.duration(spanMs))")
        printRemarks()
        Output.line("")
        printTimes()
        Output.line("")
        printGaps()
        printZoneGaps()
        Output.line("")
        printTweets()
        Output.line("")
        printSets()
        Output.line("")
        printEstimate()
        printSums()
    }

    private func printRemarks() {
        if report.inputs.notMerged > 0 {
            Output.line(
                "\(report.inputs.notMerged) segments are not merged, and their tweets not counted: "
                    + "merger run")
        }
        for problem in report.inputs.problems {
            Output.line("left out: \(LogEscape.text(problem))")
        }
        if Set(report.selections.map(\.selection)).count > 1 {
            Output.line(
                "the zones did not always ask for the same; they are compared only while they did")
        }
    }

    // MARK: Time

    private func printTimes() {
        let head = ["zone", "covered", "recovered", "gap", "unknown", "covered %"]
        let union = report.union
        let rows = report.zones.map {
            times($0.zone.name, $0.coveredMs, $0.recoveredMs, $0.gapMs, $0.unknownMs)
        }
        let total = times(
            "all", union.coveredMs, union.recoveredMs, union.gapMs, union.unknownMs)
        Output.table([head] + rows + [total])
        let counts = union.msByZoneCount.enumerated().map { count, time in
            "\(count): \(CoverageWords.duration(time))"
        }
        Output.line("time by number of zones connected: \(counts.joined(separator: ", "))")
    }

    private func times(
        _ name: String, _ covered: Int64, _ recovered: Int64, _ gap: Int64, _ unknown: Int64
    ) -> [String] {
        [name] + [covered, recovered, gap, unknown].map(CoverageWords.duration)
            + [CoverageWords.percent(covered + recovered, of: spanMs)]
    }

    // MARK: Gaps

    /// Spans that no zone covers.
    func printGaps() {
        let gaps = report.union.gaps
        guard !gaps.isEmpty else { return Output.line("no gap of all zones") }
        let rows = gaps.prefix(Self.gapsMax).map { gap in
            [
                "\(gap.startTime)", "\(gap.endTime)",
                CoverageWords.duration(gap.milliseconds),
                gap.isUnknown ? "unknown" : "gap", words(gap.causes),
            ]
        }
        Output.table([["no zone from", "to", "for", "", "because"]] + rows, leading: [4])
        tellRest(gaps.count, "merger coverage --gaps --json has all")
    }

    /// The causes of all zones, once where they are the same.
    private func words(_ causes: [String: String]) -> String {
        let distinct = Set(causes.values)
        if distinct.count == 1, let cause = distinct.first { return LogEscape.text(cause) }
        return LogEscape.text(
            causes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
                .joined(separator: "; "))
    }

    private func printZoneGaps() {
        let gaps = report.zones.flatMap { zone in
            zone.stretches.filter { $0.state != .covered }.map { (zone.zone, $0) }
        }
        guard !gaps.isEmpty else { return }
        Output.line("")
        let rows = gaps.prefix(Self.gapsMax).map { zone, stretch in
            [
                zone.name, "\(stretch.from)", "\(stretch.to)",
                CoverageWords.duration(stretch.milliseconds),
                stretch.filledBy.map { "recovered (\($0.rawValue))" } ?? stretch.state.rawValue,
                LogEscape.text(stretch.cause ?? ""),
            ]
        }
        Output.table([["zone", "from", "to", "for", "", "because"]] + rows, leading: [4, 5])
        tellRest(gaps.count, "merger coverage --json has all")
    }

    private func tellRest(_ count: Int, _ place: String) {
        if count > Self.gapsMax { Output.line("and \(count - Self.gapsMax) more: \(place)") }
    }

    // MARK: Tweets

    private func printTweets() {
        let head = ["zone", "tweets", "lacks", "only here", "exposed", "undelivered", "loss"]
        let rows = report.zones.map { zone in
            [
                zone.zone.name, "\(zone.tweets)", "\(zone.lacks)", "\(zone.onlyHere)",
                "\(zone.exposed)", "\(zone.undelivered)",
                CoverageWords.percent(Int64(zone.undelivered), of: Int64(zone.exposed)),
            ]
        }
        let total = report.sets.reduce(0) { $0 + $1.tweets }
        Output.table([head] + rows + [["all", "\(total)"]])
        for zone in report.zones where zone.otherSelection > 0 {
            Output.line(
                "\(zone.zone): \(zone.otherSelection) tweets were seen only by zones that asked for "
                    + "something else: no loss")
        }
    }

    private func printSets() {
        let sets = report.sets.map { set in
            [set.zones.map(\.name).joined(separator: " "), "\(set.tweets)"]
        }
        Output.table([["seen by exactly", "tweets"]] + sets)
    }

    private func printEstimate() {
        guard let estimate = report.estimate else {
            let reason = report.estimateRefusal ?? "there is nothing to estimate from"
            return Output.line("no estimate of what all zones missed: \(reason)")
        }
        Output.line(
            "missed by all zones, estimated (\(estimate.model)): \(words(estimate.missed)) while two "
                + "or more were connected, \(words(estimate.blind)) in the "
                + "\(CoverageWords.duration(estimate.blindMs)) of fewer")
        let completeness = estimate.completeness
        Output.line(
            "completeness: \(CoverageWords.percent(completeness.value)), 95 % interval "
                + "\(CoverageWords.percent(completeness.low)) to "
                + "\(CoverageWords.percent(completeness.high))")
        for assumption in estimate.assumptions { Output.line("  \(assumption)") }
    }

    private func words(_ figure: MissedEstimate.Figure) -> String {
        "\(CoverageWords.count(figure.value)) (\(CoverageWords.count(figure.low)) to "
            + "\(CoverageWords.count(figure.high)))"
    }

    private func printSums() {
        let ledger = report.ledger
        Output.line(
            """
            \(ledger.lines) lines = \(ledger.canonical) canonical + \(ledger.duplicates) duplicates \
            + \(ledger.notices) notices + \(ledger.quarantined) quarantined + \
            \(ledger.deleted) deleted; \(report.divergentTweets) tweets divergent, \
            \(report.deletedTweets) deleted
            """)
        Output.line(
            "from \(report.inputs.manifests) manifests and \(report.inputs.indexes) indexes: "
                + "\(report.inputs.sha256)")
    }
}
