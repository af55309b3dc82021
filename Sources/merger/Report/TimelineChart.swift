import Shared

/// When each zone, and their union, were connected.
struct TimelineChart {
    let report: CoverageReport
    let axis: TimeAxis
    let commands: ReportCommands

    /// In pixels.
    private static let rowHeight = 56
    private static let labelHeight = 18
    private static let barHeight = 18
    private static let noteHeight = 6

    private struct Row {
        var name: String
        var stretches: [CoverageReport.Stretch]
        var present: Int64
    }

    private var rows: [Row] {
        report.zones.map {
            Row(
                name: "zone \($0.zone)", stretches: $0.stretches,
                present: $0.coveredMs + $0.recoveredMs)
        } + [
            Row(
                name: "all zones together", stretches: report.union.stretches,
                present: report.union.coveredMs + report.union.recoveredMs)
        ]
    }

    var html: HTML {
        HTML("figure", ["class": "timeline"]) {
            Self.legend
            drawing.svg
            HTML("figcaption") {
                "Times are UTC, of tweets. A column is 1/\(ReportLimits.timelineColumns) of the span "
                "and shows the worst that touches it, so that the shortest gap is seen."
            }
            ReportChart.data(stretches)
        }
    }

    private var length: Int64 { report.span.to.milliseconds - report.span.from.milliseconds }

    private var drawing: ReportChart {
        let height = rows.count * Self.rowHeight
        let sentences = rows.map { row in
            let share = length > 0 ? Double(row.present) * 100 / Double(length) : 0
            return "\(row.name): \(Figures.percent(share)) covered."
        }
        return ReportChart(
            name: "timeline", title: "When the zones were connected",
            description: "From \(Figures.minute(report.span.from)) to "
                + "\(Figures.minute(report.span.to)) UTC. " + sentences.joined(separator: " "),
            height: height + ReportLimits.axisHeight, width: nil,
            content: axis.drawing(height: height)
                + rows.enumerated().map { draw($0.element, at: $0.offset * Self.rowHeight) })
    }

    private func draw(_ row: Row, at y: Int) -> HTML {
        let columns = TimelineColumns(row.stretches, span: report.span)
        let share = length > 0 ? Double(row.present) * 100 / Double(length) : 0
        let top = Self.labelHeight + 4
        return HTML("g", ["class": "row", "transform": "translate(0 \(y))"]) {
            HTML("text", ["class": "name", "x": "0", "y": "\(Self.labelHeight - 2)"]) {
                HTML.shortened(row.name, to: ReportLimits.labelCharacters + 5)
            }
            HTML("text", ["x": "100%", "y": "\(Self.labelHeight - 2)", "text-anchor": "end"]) {
                "\(Figures.percent(share)) covered"
            }
            HTML(
                "rect",
                [
                    "class": "track", "x": "0", "y": "\(top)", "width": "100%",
                    "height": "\(Self.barHeight)",
                ])
            for state in [CoverageReport.State.covered, .recovered, .unknown] {
                HTML("g", ["class": state.rawValue]) {
                    columns.drawing(of: state, y: top, height: Self.barHeight)
                }
            }
            HTML("g", ["class": "gap"]) {
                columns.drawing(
                    of: .gap, y: top + Self.barHeight + 2, height: Self.noteHeight)
            }
        }
    }

    private static var legend: HTML {
        HTML("ul", ["class": "legend"]) {
            for (state, words) in [
                (CoverageReport.State.covered, "covered: connected"),
                (.recovered, "recovered: filled afterwards"),
                (.gap, "gap: not connected"),
                (.unknown, "unknown: manifests are missing"),
            ] {
                HTML("li") {
                    HTML("svg", ["width": "26", "height": "16", "aria-hidden": "true"]) {
                        HTML(
                            "rect",
                            ["class": "track", "x": "1", "y": "1", "width": "24", "height": "14"])
                        HTML("g", ["class": state.rawValue]) {
                            HTML(
                                "rect",
                                [
                                    "x": "1", "y": state == .gap ? "10" : "1", "width": "24",
                                    "height": state == .gap ? "5" : "14",
                                ])
                        }
                    }
                    words
                }
            }
        }
    }

    /// What is not covered, of every zone.
    private var stretches: ReportTable {
        let all = report.zones.flatMap { zone in
            zone.stretches.filter { $0.state != .covered }.map { (zone: zone.zone, stretch: $0) }
        }
        let (kept, left) = all.greatest(ReportLimits.stretches) { $0.stretch.milliseconds }
        return ReportTable(
            name: "stretches", caption: "When a zone was not connected",
            columns: [
                .words("zone"), .words("from (UTC)"), .words("to (UTC)"), .number("length"),
                .words("state"), .sentence("cause"),
            ],
            rows: kept.map { one in
                [
                    [.text(one.zone.name)], [.moment(one.stretch.from)], [.moment(one.stretch.to)],
                    [.duration(one.stretch.milliseconds)], [.text(one.stretch.state.rawValue)],
                    [one.stretch.cause.map(HTML.foreign) ?? .text("–")],
                ]
            },
            leftOut: left > 0 ? (left, commands.select(".zones[] | {zone, stretches}")) : nil)
    }
}
