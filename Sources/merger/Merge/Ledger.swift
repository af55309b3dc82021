/// What became of the lines that were read (G6).
struct Ledger: Equatable, Codable, Sendable {
    var lines = 0
    var canonical = 0
    var duplicates = 0
    var notices = 0
    var quarantined = 0
    var deleted = 0

    /// Far above what a store may hold, and far below what overflows.
    static let counts: ClosedRange<Int64> = 0...1 << 50

    /// Whether every line is accounted for.
    var isBalanced: Bool { lines == canonical + duplicates + notices + quarantined + deleted }

    static func + (left: Ledger, right: Ledger) -> Ledger {
        Ledger(
            lines: left.lines + right.lines, canonical: left.canonical + right.canonical,
            duplicates: left.duplicates + right.duplicates, notices: left.notices + right.notices,
            quarantined: left.quarantined + right.quarantined,
            deleted: left.deleted + right.deleted)
    }
}

extension Ledger {
    /// From six columns in the order of the properties.
    init(_ row: Statement, from column: Int32 = 0) {
        lines = Int(row.integer(column))
        canonical = Int(row.integer(column + 1))
        duplicates = Int(row.integer(column + 2))
        notices = Int(row.integer(column + 3))
        quarantined = Int(row.integer(column + 4))
        deleted = Int(row.integer(column + 5))
    }
}
