import Shared

/// What a run did.
struct MergeReport: Sendable {
    /// Per zone, over the partitions that were written: the whole partition, not what was added.
    var zones: [Zone: Ledger] = [:]
    var segmentsAdmitted = 0
    var partitionsWritten = 0
    var partitionsUnchanged = 0
    /// Those that get nothing but notices, which wait for the daily sweep.
    var partitionsWaiting = 0
    /// What was left out and why; the run went on.
    var problems: [any OperatorError] = []
    /// Segments that may lack in some partition because of a problem, or wait.
    var unsettled: Set<SegmentReference> = []

    var total: Ledger { zones.values.reduce(Ledger(), +) }

    mutating func add(_ other: MergeReport) {
        for (zone, ledger) in other.zones { zones[zone] = (zones[zone] ?? Ledger()) + ledger }
        segmentsAdmitted += other.segmentsAdmitted
        partitionsWritten += other.partitionsWritten
        partitionsUnchanged += other.partitionsUnchanged
        partitionsWaiting += other.partitionsWaiting
        problems += other.problems
        unsettled.formUnion(other.unsettled)
    }

    mutating func add(_ index: PartitionIndex) throws {
        partitionsWritten += 1
        for (zone, ledger) in try index.ledgers() {
            zones[zone] = (zones[zone] ?? Ledger()) + ledger
        }
    }
}

extension PartitionIndex {
    /// What became of the lines of each zone.
    func ledgers() throws -> [(zone: Zone, ledger: Ledger)] {
        let statement = try database.prepare(
            """
            SELECT zone, sum(lines), sum(canonical), sum(duplicates), sum(notices),
                sum(quarantined), sum(deleted) FROM ledger GROUP BY zone ORDER BY zone
            """)
        var ledgers: [(Zone, Ledger)] = []
        while try statement.step() {
            guard let zone = Zone(statement.text(0)) else { continue }
            guard (1...6).allSatisfy({ Ledger.counts.contains(abs(statement.integer($0))) }) else {
                throw corrupt("a ledger that cannot be")
            }
            ledgers.append((zone, Ledger(statement, from: 1)))
        }
        return ledgers
    }
}
