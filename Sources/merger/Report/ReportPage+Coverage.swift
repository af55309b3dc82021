import Shared

extension ReportPage {
    var timeline: Section {
        Section("timeline-section", "When were the zones connected?") {
            HTML("p") {
                "Each bar is one zone; the last one is all of them together, of which one is enough."
            }
            TimelineChart(report: report, axis: TimeAxis(report.span), commands: commands).html
            causes
            connectedAtOnce
        }
    }

    private struct CauseKey: Hashable {
        var zone: Zone
        var state: String
        var cause: String?
    }

    private struct CauseRow {
        var key: CauseKey
        var times = 0
        var milliseconds: Int64 = 0
    }

    private var causes: [HTML] {
        var rows: [CauseRow] = []
        var places: [CauseKey: Int] = [:]
        for zone in report.zones {
            for stretch in zone.stretches where stretch.state != .covered {
                let key = CauseKey(
                    zone: zone.zone, state: stretch.state.rawValue, cause: stretch.cause)
                let place = places[key] ?? rows.count
                if place == rows.count {
                    places[key] = place
                    rows.append(CauseRow(key: key))
                }
                rows[place].times += 1
                rows[place].milliseconds += stretch.milliseconds
            }
        }
        guard !rows.isEmpty else {
            return [HTML("p") { "Every zone was connected all the time." }]
        }
        let (kept, left) = rows.greatest(ReportLimits.causes) { $0.milliseconds }
        return ReportTable(
            name: "causes", caption: "Why zones were not connected",
            columns: [
                .words("zone"), .words("state"), .sentence("cause"), .number("times"),
                .number("together"),
            ],
            rows: kept.map { row in
                [
                    [.text(row.key.zone.name)], [.text(row.key.state)],
                    [row.key.cause.map(HTML.foreign) ?? .text("none given")], [.count(row.times)],
                    [.duration(row.milliseconds)],
                ]
            },
            leftOut: left > 0 ? (left, commands.select(".zones[] | {zone, stretches}")) : nil
        ).html
    }

    private var connectedAtOnce: [HTML] {
        ReportTable(
            name: "at-once", caption: "How many zones were connected at once",
            columns: [.words("zones"), .number("time"), .number("of the span")],
            rows: report.union.msByZoneCount.enumerated().map { count, milliseconds in
                [
                    [.text("\(count)")], [.duration(milliseconds)],
                    [.share(milliseconds, of: spanMilliseconds)],
                ]
            }
        ).html
    }

    var gaps: Section {
        let (kept, left) = report.union.gaps.greatest(ReportLimits.gaps) { $0.milliseconds }
        return Section("gaps", "Which gaps did no zone cover?") {
            if report.union.gaps.isEmpty {
                HTML("p") { "None: at every moment at least one zone was connected." }
            } else {
                HTML("p") {
                    "Ready to be asked for again, with these times as "
                    HTML.code("start_time")
                    " and "
                    HTML.code("end_time")
                    " of X’s recovery: "
                    HTML.code(commands.select(".union.gaps"))
                }
                ReportTable(
                    name: "gaps", caption: "Gaps that no zone covers",
                    columns: [
                        .words("from (UTC)"), .words("to (UTC)"), .number("length"),
                        .words("state"), .sentence("causes"),
                    ],
                    rows: kept.map { gap in
                        [
                            [.moment(gap.startTime)], [.moment(gap.endTime)],
                            [.duration(gap.milliseconds)],
                            [.text(gap.isUnknown ? "unknown" : "gap")], Self.causes(of: gap),
                        ]
                    },
                    leftOut: left > 0 ? (left, commands.select(".union.gaps")) : nil
                ).html
            }
        }
    }

    private static func causes(of gap: CoverageReport.Gap) -> [HTML] {
        guard !gap.causes.isEmpty else { return [.text("–")] }
        let sorted = gap.causes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return sorted.map { zone, cause in
            HTML("div") {
                HTML.foreign(zone)
                ": "
                HTML.foreign(cause)
            }
        }
    }
}
