import Shared

/// A report as comma-separated values (RFC 4180), with the names of the JSON document.
enum CoverageCSV {
    /// Tweets by hour, or by minute where there are minutes, and set of zones.
    static func print(_ report: CoverageReport) {
        row(["time", "zones", "tweets"])
        for hour in report.hours {
            guard let minutes = hour.minutes else {
                rows(hour.hour.start, hour.sets)
                continue
            }
            for (number, sets) in minutes.enumerated() {
                rows(hour.hour.start.advanced(by: .seconds(60 * number)), sets)
            }
        }
    }

    static func printGaps(_ report: CoverageReport) {
        row(["start_time", "end_time", "unknown", "causes"])
        for gap in report.union.gaps {
            let causes = gap.causes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            row([
                "\(gap.startTime)", "\(gap.endTime)", "\(gap.isUnknown)",
                causes.joined(separator: "; "),
            ])
        }
    }

    private static func rows(_ time: Timestamp, _ sets: [CoverageReport.ZoneSetCount]) {
        for set in sets {
            row(["\(time)", set.zones.map(\.name).joined(separator: " "), "\(set.tweets)"])
        }
    }

    private static func row(_ cells: [String]) {
        let quoted = cells.map { CSV.needsQuotes($0) ? CSV.quoted($0) : $0 }
        Output.line(quoted.joined(separator: ","))
    }
}
