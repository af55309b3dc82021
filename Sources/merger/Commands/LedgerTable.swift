import Shared

/// A ledger a row, and their sum.
enum LedgerTable {
    static func print(_ rows: [(name: String, ledger: Ledger)]) {
        let head = ["", "lines", "canonical", "duplicates", "notices", "quarantined", "deleted"]
        let total = rows.reduce(Ledger()) { $0 + $1.ledger }
        Output.table([head] + (rows + [("all", total)]).map { [$0.name] + cells($0.ledger) })
    }

    private static func cells(_ ledger: Ledger) -> [String] {
        [
            ledger.lines, ledger.canonical, ledger.duplicates, ledger.notices,
            ledger.quarantined, ledger.deleted,
        ].map(String.init)
    }
}

/// A zone's ledger in a document.
struct ZoneLedger: Encodable {
    var zone: String
    var ledger: Ledger
}
