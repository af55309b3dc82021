import Shared

/// Reads what `merger coverage --json` printed, and refuses what it cannot have printed, so that
/// whoever draws it need not doubt it.
enum CoverageDocument {
    /// Together with ``countMax`` it keeps every sum of counts below 2^63: a count of 12 digits and
    /// its zones take 36 bytes.
    static let bytesMax = ByteCount.mebibytes(256)
    static let countMax = 1_000_000_000_000

    static func read(_ path: String) throws -> CoverageReport {
        let bytes = try LocalFile.contents(of: path == "-" ? "/dev/stdin" : path)
        do {
            guard bytes.count <= bytesMax.bytes else { throw Flaw("has more than \(bytesMax)") }
            let report = try JSONDocument.decode(CoverageReport.self, from: bytes)
            try check(report)
            return report
        } catch let error as DecodingError {
            throw refusal(path, error.summary)
        } catch let flaw as Flaw {
            throw refusal(path, flaw.text)
        }
    }

    private static func refusal(_ path: String, _ cause: String) -> ConfigurationError {
        ConfigurationError(
            "\(path): is not a document of merger coverage --json: \(cause): make it again")
    }

    private struct Flaw: Error {
        var text: String

        init(_ text: String) { self.text = text }
    }

    private static func check(_ report: CoverageReport) throws {
        guard report.format == 1 else { throw Flaw("format \(report.format) is not 1") }
        guard report.span.from < report.span.to else { throw Flaw("span: is empty") }
        guard report.zones.count <= Membership.zonesMax else {
            throw Flaw("zones: more than \(Membership.zonesMax)")
        }
        guard Set(report.zones.map(\.zone)).count == report.zones.count else {
            throw Flaw("zones: one is there twice")
        }
        let inputs = report.inputs
        try check([inputs.manifests, inputs.indexes, inputs.notMerged], "inputs")
        for zone in report.zones {
            try check(zone.stretches, "zones: \(zone.zone): stretches", report.span)
            try check(
                times: [zone.coveredMs, zone.recoveredMs, zone.gapMs, zone.unknownMs],
                "zones: \(zone.zone)", report.span)
            try check([zone.tweets, zone.lacks, zone.onlyHere], "zones: \(zone.zone)")
            try check(
                [zone.exposed, zone.undelivered, zone.otherSelection], "zones: \(zone.zone)")
        }
        try check(report.union.stretches, "union: stretches", report.span)
        try check(report.union.gaps, report.span)
        let union = report.union
        try check(
            times: [union.coveredMs, union.recoveredMs, union.gapMs, union.unknownMs]
                + union.msByZoneCount, "union", report.span)
        try check(report.sets.map(\.tweets), "sets")
        for hour in report.hours { try check(hour) }
        try check([report.divergentTweets, report.deletedTweets], "the counts of versions")
        let ledger = report.ledger
        try check(
            [
                ledger.lines, ledger.canonical, ledger.duplicates, ledger.notices,
                ledger.quarantined, ledger.deleted,
            ], "ledger")
    }

    private static func check(_ counts: [Int], _ place: String) throws {
        for count in counts where !(0...countMax).contains(count) {
            throw Flaw("\(place): \(count) is no count")
        }
    }

    private static func check(
        times: [Int64], _ place: String, _ span: CoverageReport.Interval
    ) throws {
        for time in times where !(0...span.milliseconds).contains(time) {
            throw Flaw("\(place): \(time) ms are no part of the span")
        }
    }

    private static func check(_ hour: CoverageReport.HourCounts) throws {
        try check([hour.tweets], "hours: \(hour.hour)")
        guard let minutes = hour.minutes else { return }
        guard minutes.count <= CoverageGrid.minutes else {
            throw Flaw("hours: \(hour.hour): more than \(CoverageGrid.minutes) minutes")
        }
        try check(minutes.joined().map(\.tweets), "hours: \(hour.hour): minutes")
    }

    /// That they fill the span, in order and without holes.
    private static func check(
        _ stretches: [CoverageReport.Stretch], _ place: String, _ span: CoverageReport.Interval
    ) throws {
        var time = span.from
        for stretch in stretches {
            guard stretch.from == time, stretch.from <= stretch.to else {
                throw Flaw("\(place): \(stretch.from) does not follow \(time)")
            }
            time = stretch.to
        }
        guard time == span.to else { throw Flaw("\(place): end at \(time)") }
    }

    /// In order; their ends are rounded out to whole seconds, so that they may meet and reach beyond
    /// the span.
    private static func check(
        _ gaps: [CoverageReport.Gap], _ span: CoverageReport.Interval
    ) throws {
        let rounding = Duration.seconds(1)
        var first = span.from.advanced(by: .zero - rounding)
        let end = span.to.advanced(by: rounding)
        for gap in gaps {
            guard first <= gap.startTime, gap.startTime <= gap.endTime, gap.endTime <= end,
                gap.milliseconds >= 0
            else { throw Flaw("union: gaps: the one at \(gap.startTime) is out of order") }
            first = gap.startTime
        }
    }
}
