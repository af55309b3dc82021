import Shared

/// Which zones saw the same tweets: a matrix of dots for the combinations, and a bar for each, after
/// Lex et al., UpSet (IEEE TVCG 20, 2014).
struct ZoneSetChart {
    let report: CoverageReport
    let commands: ReportCommands

    /// In pixels.
    private static let rowHeight = 26
    private static let dotSpace = 22
    private static let dotRadius = 6
    /// Of text at the size of charts, a little more than needed.
    private static let characterWidth = 8

    private struct Row {
        var zones: Set<Zone>
        var tweets: Int
    }

    private let zones: [Zone]
    private let rows: [Row]
    private let left: (sets: Int, tweets: Int)
    private let tweets: Int

    init(_ report: CoverageReport, _ commands: ReportCommands) {
        self.report = report
        self.commands = commands
        zones = report.zones.map(\.zone)
        let (kept, left) = report.sets.greatest(ReportLimits.zoneSets) { Int64($0.tweets) }
        rows = kept.map { Row(zones: Set($0.zones), tweets: $0.tweets) }
            .sorted { $0.tweets > $1.tweets }
        tweets = report.sets.reduce(0) { $0 + $1.tweets }
        self.left = (left, tweets - kept.reduce(0) { $0 + $1.tweets })
    }

    var html: HTML {
        HTML("figure", ["class": "sets"]) {
            HTML(
                "div",
                [
                    "class": "wide upset", "tabindex": "0", "role": "group",
                    "aria-label": "Drawing of the combinations of zones",
                ]
            ) {
                matrix.svg
                bars.svg
            }
            HTML("figcaption") {
                "A row is a combination: the tweets that exactly the zones with a full dot saw."
                if left.sets > 0 {
                    " Not drawn: "
                    HTML.count(left.sets)
                    " combinations with "
                    HTML.count(left.tweets)
                    " tweets together. All of them: "
                    HTML.code(commands.select(".sets"))
                }
            }
            ReportChart.data(table)
        }
    }

    private var labelCharacters: Int {
        zones.map { min($0.name.count, ReportLimits.labelCharacters) }.max() ?? 0
    }

    /// Names stand at 50 degrees above their column.
    private var headHeight: Int { 14 + labelCharacters * 6 }

    private var height: Int { headHeight + max(1, rows.count) * Self.rowHeight }

    private var matrix: ReportChart {
        let numbers = (rows.first.map { Figures.grouped($0.tweets).count } ?? 1)
        let dots = zones.count * Self.dotSpace
        let width = dots + 12 + numbers * Self.characterWidth
        return ReportChart(
            name: "sets-matrix", title: "Combinations of zones that saw the same tweets",
            description: rows.map { "\(Self.words($0.zones, of: zones)): \($0.tweets) tweets." }
                .joined(separator: " "),
            height: height, width: width,
            content: [stripes] + names
                + rows.enumerated().map { draw($0.element, at: $0.offset, width: width) })
    }

    private var names: [HTML] {
        zones.enumerated().map { place, zone in
            let x = place * Self.dotSpace + Self.dotSpace / 2
            return HTML(
                "text", ["transform": "translate(\(x + 4) \(headHeight - 8)) rotate(-50)"]
            ) { HTML.shortened(zone.name, to: ReportLimits.labelCharacters) }
        }
    }

    private func draw(_ row: Row, at place: Int, width: Int) -> HTML {
        let y = middle(of: place)
        let members = zones.indices.filter { row.zones.contains(zones[$0]) }
        func x(_ zone: Int) -> String { "\(zone * Self.dotSpace + Self.dotSpace / 2)" }
        return HTML("g", ["class": "set"]) {
            if let first = members.first, let last = members.last, first < last {
                HTML(
                    "line",
                    ["class": "join", "x1": x(first), "x2": x(last), "y1": "\(y)", "y2": "\(y)"])
            }
            for zone in zones.indices {
                HTML(
                    "circle",
                    [
                        "class": members.contains(zone) ? "in" : "out", "cx": x(zone),
                        "cy": "\(y)", "r": "\(Self.dotRadius)",
                    ])
            }
            HTML("text", ["x": "\(width)", "y": "\(y)", "dy": "4", "text-anchor": "end"]) {
                Figures.grouped(row.tweets)
            }
        }
    }

    private var bars: ReportChart {
        let most = Double(rows.first?.tweets ?? 0)
        return ReportChart(
            name: "sets-bars", title: "Tweets of each combination of zones",
            description: "Bars in the order of the rows beside them; the longest stands for "
                + "\(Figures.grouped(rows.first?.tweets ?? 0)) tweets.",
            height: height, width: nil,
            content: [
                stripes,
                HTML("g", ["class": "bars"]) {
                    for (place, row) in rows.enumerated() {
                        HTML(
                            "rect",
                            [
                                "x": "0", "y": "\(middle(of: place) - 7)", "height": "14",
                                "width": ReportChart.place(
                                    most > 0 ? Double(row.tweets) / most : 0),
                            ])
                    }
                },
            ])
    }

    private var stripes: HTML {
        HTML("g", ["class": "stripes"]) {
            for place in rows.indices where place.isMultiple(of: 2) {
                HTML(
                    "rect",
                    [
                        "x": "0", "y": "\(middle(of: place) - Self.rowHeight / 2)",
                        "width": "100%", "height": "\(Self.rowHeight)",
                    ])
            }
        }
    }

    private func middle(of place: Int) -> Int {
        headHeight + place * Self.rowHeight + Self.rowHeight / 2
    }

    private static func words(_ members: Set<Zone>, of zones: [Zone]) -> String {
        let names = zones.filter(members.contains).map(\.name)
        if names.count == zones.count, names.count > 1 { return "all zones" }
        return names.count == 1 ? "only \(names[0])" : Figures.list(names)
    }

    private var table: ReportTable {
        ReportTable(
            name: "sets-data", caption: "Tweets by the zones that saw them",
            columns: [.words("seen by exactly"), .number("tweets"), .number("of all")],
            rows: rows.map { row in
                [
                    [.text(Self.words(row.zones, of: zones))], [.count(row.tweets)],
                    [.share(row.tweets, of: tweets)],
                ]
            },
            leftOut: left.sets > 0 ? (left.sets, commands.select(".sets")) : nil)
    }
}
