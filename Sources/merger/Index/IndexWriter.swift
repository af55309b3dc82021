import Shared

/// Writes the index file of one partition from nothing: `docs/INDEX.md`.
///
/// One transaction; rows of `tweet` come in ascending order, which is what makes it fast.
final class IndexWriter {
    private let database: Database
    private let tweet: Statement
    private let manyTweets: Statement
    private let divergence: Statement
    private let notice: Statement
    private let deletion: Statement
    private let quarantine: Statement

    private(set) var tweets = 0

    /// Rows that wait to be written: what SQLite works with is warm for the whole batch then.
    private var waiting: [TweetRow] = []
    private static let waitingMax = 32 * manyRows
    /// Of ``manyTweets``: SQLite opens the table and allocates for each run of a statement, which
    /// takes it as long as the row itself.
    private static let manyRows = 128

    private struct TweetRow {
        var id: Int64
        var zones: Int64
        var winner: DigestGroup
    }

    /// - Parameter path: a file that does not exist.
    init(_ path: String) throws {
        database = try Database(path, .create)
        try database.run(IndexSchema.tables)
        try database.run(IndexSchema.views)
        try database.run("BEGIN")
        try database.run("CREATE TEMP TABLE number(old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
        let row = "(?, ?, ?, ?, ?)"
        tweet = try database.prepare("INSERT INTO tweet VALUES \(row)")
        let rows = Array(repeating: row, count: Self.manyRows).joined(separator: ", ")
        manyTweets = try database.prepare("INSERT INTO tweet VALUES \(rows)")
        divergence = try database.prepare("INSERT INTO divergence VALUES (?, ?, ?, ?, ?)")
        notice = try database.prepare("INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?, ?, ?)")
        deletion = try database.prepare(
            """
            INSERT INTO deletion VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
                at = excluded.at, segment = excluded.segment, line = excluded.line
                WHERE (excluded.at, excluded.segment, excluded.line) < (at, segment, line)
            """)
        quarantine = try database.prepare(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?)")
    }

    func addTweet(_ id: Int64, _ copies: TweetCopies) throws {
        waiting.append(TweetRow(id: id, zones: copies.zones, winner: copies.winner))
        tweets += 1
        if waiting.count == Self.waitingMax { try writeWaiting() }
        guard copies.isDivergent else { return }
        for group in copies.groups {
            divergence.bind(1, id)
            divergence.bind(2, group.digest)
            divergence.bind(3, group.zones)
            divergence.bind(4, Int64(group.first.segment))
            divergence.bind(5, Int64(group.first.line))
            try divergence.run()
        }
    }

    private func writeWaiting() throws {
        try Stage.index.measure {
            let behindMany = waiting.count - waiting.count % Self.manyRows
            for start in stride(from: 0, to: behindMany, by: Self.manyRows) {
                for number in 0..<Self.manyRows {
                    bind(waiting[start + number], to: manyTweets, number: number)
                }
                try manyTweets.run()
            }
            for row in waiting[behindMany...] {
                bind(row, to: tweet, number: 0)
                try tweet.run()
            }
            waiting.removeAll(keepingCapacity: true)
        }
    }

    /// - Parameter number: of the row in the statement, counted from 0.
    private func bind(_ row: TweetRow, to statement: Statement, number: Int) {
        let before = Int32(number * 5)
        statement.bind(before + 1, row.id)
        statement.bind(before + 2, row.zones)
        statement.bind(before + 3, Int64(row.winner.first.segment))
        statement.bind(before + 4, Int64(row.winner.first.line))
        statement.bind(before + 5, row.winner.digest)
    }

    func addNotice(
        _ rank: CopyRank, _ kind: NoticeKind, _ id: TweetID?, at: Timestamp,
        _ json: UnsafeRawBufferPointer
    ) throws {
        notice.bind(1, Int64(rank.segment))
        notice.bind(2, Int64(rank.line))
        notice.bind(3, kind.rawValue)
        notice.bind(4, id?.rawValue)
        notice.bind(5, at.milliseconds)
        notice.bindText(6, json)
        try notice.run()
        if kind == .delete, let id { try addDeletion(id.rawValue, at: at, rank) }
    }

    private func addDeletion(_ id: Int64, at: Timestamp, _ rank: CopyRank) throws {
        deletion.bind(1, id)
        deletion.bind(2, at.milliseconds)
        deletion.bind(3, Int64(rank.segment))
        deletion.bind(4, Int64(rank.line))
        try deletion.run()
    }

    func addQuarantine(
        _ rank: CopyRank, _ reason: UnreadableReason, _ line: UnsafeRawBufferPointer
    ) throws {
        quarantine.bind(1, Int64(rank.segment))
        quarantine.bind(2, Int64(rank.line))
        quarantine.bind(3, reason.rawValue)
        quarantine.bind(4, line.count)
        quarantine.bindBytes(5, line)
        try quarantine.run()
    }

    /// Takes over what an earlier index says of lines that are not tweets.
    ///
    /// - Parameter numbers: the new number of each of its segments.
    func carryOver(_ index: PartitionIndex, numbers: [Int]) throws {
        try database.run("DELETE FROM number")
        let map = try database.prepare("INSERT INTO number VALUES (?, ?)")
        for (old, new) in numbers.enumerated() {
            map.bind(1, old)
            map.bind(2, new)
            try map.run()
        }
        try copyRows(from: index, "notice", ["line", "kind", "id", "at", "json"])
        try copyRows(from: index, "quarantine", ["line", "reason", "bytes", "content"])
        try copyRows(
            from: index, "connection",
            ["id", "first", "last", "kind", "coversFirst", "coversLast", "cause"])
        let old = try index.database.prepare("SELECT id, at, segment, line FROM deletion")
        while try old.step() {
            try addDeletion(
                old.integer(0), at: Timestamp(milliseconds: old.integer(1)),
                index.rank(of: old, column: 2, numbers: numbers))
        }
    }

    private func copyRows(
        from index: PartitionIndex, _ table: String, _ columns: [String]
    ) throws {
        let names = columns.joined(separator: ", ")
        let rows = try index.database.prepare("SELECT segment, \(names) FROM \(table)")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let insert = try database.prepare(
            """
            INSERT OR REPLACE INTO \(table)(segment, \(names))
            VALUES ((SELECT new FROM number WHERE old = ?), \(places))
            """)
        while try rows.step() {
            for column in 0...Int32(columns.count) { insert.copy(column, of: rows) }
            try insert.run()
        }
    }

    func deletedIDs() throws -> Set<Int64> {
        let statement = try database.prepare("SELECT id FROM deletion")
        var ids: Set<Int64> = []
        while try statement.step() { ids.insert(statement.integer(0)) }
        return ids
    }

    func addZones(_ zones: [Zone]) throws {
        let insert = try database.prepare("INSERT INTO zone VALUES (?, ?)")
        for (bit, zone) in zones.enumerated() {
            insert.bind(1, bit)
            insert.bind(2, zone.name)
            try insert.run()
        }
    }

    func addSegment(_ number: Int, _ row: SegmentRow, zoneBit: Int) throws {
        let insert = try database.prepare(
            "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insert.bind(1, number)
        insert.bind(2, row.reference.key.path)
        insert.bind(3, zoneBit)
        insert.bind(4, row.sha256?.hex)
        insert.bind(5, row.received.first.milliseconds)
        insert.bind(6, row.received.last.milliseconds)
        insert.bind(7, row.records)
        insert.bind(8, row.notices)
        insert.bind(9, row.quarantined)
        insert.bind(10, row.elsewhere)
        insert.bind(11, row.isExpired ? "expired" : "present")
        insert.bind(12, row.isAdded ? 1 : 0)
        try insert.run()
    }

    func addConnections(_ connections: [SegmentManifest.ConnectionFacts], number: Int) throws {
        let insert = try database.prepare(
            "INSERT OR REPLACE INTO connection VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        for connection in connections {
            insert.bind(1, number)
            insert.bind(2, connection.id)
            insert.bind(3, connection.from.milliseconds)
            insert.bind(4, connection.to.milliseconds)
            insert.bind(5, connection.kind.rawValue)
            insert.bind(6, connection.covers?.first.milliseconds)
            insert.bind(7, connection.covers?.last.milliseconds)
            insert.bind(8, connection.cause)
            try insert.run()
        }
    }

    private func addMembers(_ members: [CanonicalMember]) throws {
        let insert = try database.prepare("INSERT INTO member VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        for (number, member) in members.enumerated() {
            insert.bind(1, number)
            insert.bind(2, member.offset)
            insert.bind(3, member.bytes)
            insert.bind(4, member.raw)
            insert.bind(5, member.lines)
            insert.bind(6, member.firstID)
            insert.bind(7, member.lastID)
            insert.bind(8, Int64(member.crc32))
            try insert.run()
        }
    }

    /// Writes the last row and ends the file.
    func finish(
        _ partition: Partition, _ canonical: CanonicalWriter.Result, replaces: ContentDigest?,
        honoursDeletions: Bool
    ) throws {
        try addMembers(canonical.members)
        let insert = try database.prepare("INSERT INTO partition VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        insert.bind(1, partition.description)
        insert.bind(2, canonical.count)
        insert.bind(3, canonical.rawBytes)
        insert.bind(4, canonical.rawDigest.hex)
        insert.bind(5, canonical.objectBytes)
        insert.bind(6, canonical.objectDigest.hex)
        insert.bind(7, replaces?.hex)
        insert.bind(8, honoursDeletions ? 1 : 0)
        try insert.run()
        try commit()
    }

    func commit() throws {
        try writeWaiting()
        try database.run("COMMIT")
    }

    /// What the view `ledger` adds up to.
    ///
    /// - Precondition: everything was committed.
    func ledger() throws -> Ledger {
        let statement = try database.prepare(
            """
            SELECT ifnull(sum(lines), 0), ifnull(sum(canonical), 0), ifnull(sum(duplicates), 0),
                ifnull(sum(notices), 0), ifnull(sum(quarantined), 0), ifnull(sum(deleted), 0)
            FROM ledger
            """)
        _ = try statement.step()
        return Ledger(statement)
    }
}
