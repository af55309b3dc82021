import Shared

/// A gzip member of a canonical object: what one ranged read brings.
struct CanonicalMember: Equatable {
    var offset: Int
    var bytes: Int
    var raw: Int
    var lines: Int
    var crc32: UInt32
    /// Nil where it holds no record.
    var firstID: Int64?
    var lastID: Int64?

    /// Where it lies in the object.
    var range: Range<Int> { offset..<offset + bytes }
}

extension PartitionIndex {
    /// The member that holds the record of an id, if any does.
    func member(holding id: Int64) throws -> CanonicalMember? {
        let statement = try database.prepare(
            """
            SELECT \(Self.memberColumns) FROM member
            WHERE firstID <= ?1 AND lastID >= ?1
            """)
        statement.bind(1, id)
        return try statement.step() ? try member(statement) : nil
    }

    /// All members in order.
    func members() throws -> [CanonicalMember] {
        let statement = try database.prepare(
            "SELECT \(Self.memberColumns) FROM member ORDER BY number")
        var members: [CanonicalMember] = []
        while try statement.step() { try members.append(member(statement)) }
        return members
    }

    private static let memberColumns = "offset, bytes, raw, lines, crc32, firstID, lastID"

    private func member(_ row: Statement) throws -> CanonicalMember {
        // A file that only looks like an index may say anything.
        let sizes = (0...3).map { row.integer($0) }
        let ids = [row.optionalInteger(5), row.optionalInteger(6)].compactMap { $0 }
        guard sizes.allSatisfy({ $0 >= 0 }), !sizes[0].addingReportingOverflow(sizes[1]).overflow,
            ids.allSatisfy({ 0 < $0 && $0 < .max })
        else { throw corrupt("a member that cannot be") }
        return CanonicalMember(
            offset: Int(row.integer(0)), bytes: Int(row.integer(1)), raw: Int(row.integer(2)),
            lines: Int(row.integer(3)), crc32: UInt32(truncatingIfNeeded: row.integer(4)),
            firstID: row.optionalInteger(5), lastID: row.optionalInteger(6))
    }
}
