import Shared

/// Writes the rows of a query to standard output as they come.
struct RowPrinter {
    let query: StrangersQuery
    let format: RowFormat
    private let columns: [String]
    private var output = BufferedOutput()

    /// A table is as wide as these rows need; later ones are not waited for.
    private static let rowsMeasured = 1000
    /// Held at once for that.
    private static let bytesMeasured = 4 << 20

    init(_ query: StrangersQuery, _ format: RowFormat) {
        self.query = query
        self.format = format
        columns = Self.unique(query.columns)
    }

    /// Names as they are, but for those that came before: a join has `id` twice.
    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.map { name in
            var unique = name
            var number = 2
            while !seen.insert(unique).inserted {
                unique = "\(name)_\(number)"
                number += 1
            }
            return unique
        }
    }

    mutating func run() throws {
        query.armWatchdog()
        defer { query.disarmWatchdog() }
        switch format {
        case .table: try printTable()
        case .csv:
            output.append(format.line(columns.map { .text($0) }, columns))
            try printLines()
        case .json: try printLines()
        }
        flush()
    }

    private mutating func printLines() throws {
        while let row = try query.next() {
            write(format.line(row, columns))
        }
    }

    private mutating func printTable() throws {
        var rows = [columns.map(LogEscape.text)]
        var bytes = 0
        var isOver = false
        while rows.count <= Self.rowsMeasured, bytes < Self.bytesMeasured {
            guard let row = try query.next() else {
                isOver = true
                break
            }
            rows.append(row.map { LogEscape.text($0.text) })
            bytes += rows[rows.count - 1].reduce(0) { $0 + $1.utf8.count }
        }
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows { write(Self.line(row, widths)) }
        while !isOver, let row = try query.next() {
            write(Self.line(row.map { LogEscape.text($0.text) }, widths))
        }
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> [UInt8] {
        let padded = zip(cells, widths).enumerated().map { number, cell in
            let isLast = number + 1 == cells.count
            return isLast
                ? cell.0
                : cell.0 + String(repeating: " ", count: max(0, cell.1 - cell.0.count))
        }
        return Array((padded.joined(separator: "  ") + "\n").utf8)
    }

    /// Waits for the reader without the clock of the query.
    private mutating func write(_ bytes: [UInt8]) {
        output.append(bytes)
        if output.isFull { flush() }
    }

    private mutating func flush() {
        query.disarmWatchdog()
        output.flush()
        query.armWatchdog()
    }
}
