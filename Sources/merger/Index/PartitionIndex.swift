import Shared

/// An index file, opened to be read: `docs/INDEX.md`.
struct PartitionIndex {
    let partition: Partition
    let database: Database

    /// - Throws: where the file is not an index of this partition.
    init(_ path: String, of partition: Partition) throws {
        self.partition = partition
        database = try Database(path, .readOnly)
        // In this order: nothing of a schema is asked before it is known to be ours.
        guard try database.integer("PRAGMA application_id") == IndexSchema.applicationID,
            try database.integer("PRAGMA user_version") == IndexSchema.version,
            try IndexSchema.isSchema(of: database),
            try Self.text(database, "SELECT hour FROM partition") == partition.description
        else {
            throw DatabaseError(
                code: 26,
                message: "\(path): is not a version \(IndexSchema.version) index of \(partition)")
        }
    }

    private static func text(_ database: Database, _ sql: String) throws -> String? {
        let statement = try database.prepare(sql)
        return try statement.step() ? statement.optionalText(0) : nil
    }

    /// The canonical object that belongs to this index.
    func wanted() throws -> ContentDigest {
        guard let digest = try digest("objectSHA256") else {
            throw corrupt("no digest of its canonical object")
        }
        return digest
    }

    /// The object that it replaces; nil where there was none.
    func replaced() throws -> ContentDigest? { try digest("replacesSHA256") }

    private func digest(_ column: String) throws -> ContentDigest? {
        try Self.text(database, "SELECT \(column) FROM partition").map {
            guard let digest = ContentDigest(hex: $0) else {
                throw corrupt("a digest that is none")
            }
            return digest
        }
    }

    /// The zones in order of their bits.
    func zones() throws -> [Zone] {
        let statement = try database.prepare("SELECT name FROM zone ORDER BY bit")
        var zones: [Zone] = []
        while try statement.step() {
            guard let zone = Zone(statement.text(0)) else {
                throw corrupt("a zone with an invalid name")
            }
            zones.append(zone)
        }
        return zones
    }

    /// The admitted segments in order of their numbers, which begin at 0.
    func segments() throws -> [SegmentRow] {
        let statement = try database.prepare(
            """
            SELECT key, sha256, first, last, records, notices, quarantined, elsewhere,
                state = 'expired', added FROM segment ORDER BY number
            """)
        var rows: [SegmentRow] = []
        while try statement.step() {
            guard let key = ObjectKey(statement.text(0)),
                let reference = StoreLayout.parseSegment(key)
            else { throw corrupt("a segment with an invalid name") }
            guard (4...7).allSatisfy({ Ledger.counts.contains(statement.integer($0)) }) else {
                throw corrupt("a segment with a count that cannot be")
            }
            rows.append(
                SegmentRow(
                    reference: reference,
                    sha256: statement.optionalText(1).flatMap { ContentDigest(hex: $0) },
                    received: SegmentManifest.ReceivedSpan(
                        first: Timestamp(milliseconds: statement.integer(2)),
                        last: Timestamp(milliseconds: statement.integer(3))),
                    records: Int(statement.integer(4)), notices: Int(statement.integer(5)),
                    quarantined: Int(statement.integer(6)), elsewhere: Int(statement.integer(7)),
                    isExpired: statement.integer(8) != 0, isAdded: statement.integer(9) != 0))
        }
        return rows
    }

    /// The rank of the line that a row names by segment and line.
    ///
    /// - Parameter numbers: the new number of each segment.
    func rank(of row: Statement, column: Int32, numbers: [Int]) throws -> CopyRank {
        guard let segment = Int(exactly: row.integer(column)), numbers.indices.contains(segment),
            let line = Int32(exactly: row.integer(column + 1))
        else { throw corrupt("a line of a segment that there is not") }
        return CopyRank(segment: Int32(numbers[segment]), line: line)
    }

    func corrupt(_ what: String) -> DatabaseError {
        DatabaseError(code: 11, message: "\(database.path): holds \(what)")
    }
}
