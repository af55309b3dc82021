/// A table of a page: the first cell of each row is its heading.
struct ReportTable {
    struct Column {
        var title: String
        /// Of the cells: `n` for numbers, `t` for sentences, which want some width.
        var kind: String?

        static func words(_ title: String) -> Column { Column(title: title) }
        static func number(_ title: String) -> Column { Column(title: title, kind: "n") }
        static func sentence(_ title: String) -> Column { Column(title: title, kind: "t") }
    }

    /// Names the class of the table, so that a program can find it.
    var name: String
    var caption: String
    var columns: [Column]
    var rows: [[[HTML]]]
    /// A last row that sums up.
    var sum: [[HTML]]?
    /// What there is beside the rows, and the command that shows it.
    var leftOut: (count: Int, command: String)?

    var html: [HTML] {
        let table = HTML("table", ["class": name]) {
            HTML("caption") { caption }
            HTML("thead") {
                HTML("tr") {
                    for column in columns {
                        HTML("th", ["scope": "col", "class": column.kind]) {
                            column.title
                        }
                    }
                }
            }
            HTML("tbody") { for row in rows { line(row) } }
            if let sum { HTML("tfoot") { line(sum) } }
        }
        // What scrolls must be reachable by keyboard, and say what it is.
        let frame = HTML(
            "div", ["class": "wide", "tabindex": "0", "role": "group", "aria-label": caption]
        ) { table }
        return leftOut.map { [frame, Self.remark($0.count, $0.command)] } ?? [frame]
    }

    private func line(_ cells: [[HTML]]) -> HTML {
        HTML("tr") {
            for (column, cell) in zip(columns, cells.enumerated()) {
                if cell.offset == 0 {
                    HTML("th", ["scope": "row", "class": column.kind]) { cell.element }
                } else {
                    HTML("td", ["class": column.kind]) { cell.element }
                }
            }
        }
    }

    static func remark(_ count: Int, _ command: String) -> HTML {
        HTML("p", ["class": "left-out"]) {
            "Left out here: "
            HTML.count(count)
            " more. All of them: "
            HTML.code(command)
        }
    }
}

extension Sequence {
    /// The greatest `count` elements by a measure, in the order they had; and how many others there
    /// are.
    func greatest(_ count: Int, by measure: (Element) -> Int64) -> (kept: [Element], left: Int) {
        let all = Array(self)
        let ranked = all.indices.sorted {
            (measure(all[$1]), $0) < (measure(all[$0]), $1)
        }
        return (ranked.prefix(count).sorted().map { all[$0] }, Swift.max(0, all.count - count))
    }
}
