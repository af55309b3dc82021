import Shared

/// One database over the indexes of many partitions: `docs/INDEX.md`, "One database of many hours".
///
/// A tweet is in one partition only; a segment may be in several, and its counts add up. Numbers of
/// segments and bits of zones are private to a file, so those of each hour are mapped to the union's.
struct IndexUnion {
    typealias Hour = (partition: Partition, path: String)

    /// Opened one at a time: a year has more hours than a process may have files.
    private let hours: [Hour]
    private let members: Membership
    private var rows: [SegmentReference: SegmentRow] = [:]

    init(_ hours: [Hour], dataset: Dataset) throws {
        self.hours = hours.sorted { $0.partition < $1.partition }
        for (partition, path) in self.hours {
            for row in try PartitionIndex(path, of: partition).segments() {
                guard var sum = rows[row.reference] else {
                    rows[row.reference] = row
                    continue
                }
                sum.isExpired = sum.isExpired || row.isExpired
                sum.records += row.records
                sum.notices += row.notices
                sum.quarantined += row.quarantined
                // What is elsewhere for one partition is here for another.
                sum.elsewhere -= row.records + row.notices + row.quarantined
                rows[row.reference] = sum
            }
        }
        members = try Membership(known: [], new: Array(rows.keys), dataset: dataset)
    }

    /// - Parameter path: a file that does not exist. It holds less than was asked for where this throws.
    func write(_ path: String) throws {
        try begin(path)
        let database = try Database(path, .create)
        try database.run("CREATE TEMP TABLE number(old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
        for hour in hours {
            try Task.checkCancellation()
            try add(hour, to: database)
        }
    }

    /// The schema, and what all hours have together. The writer has let go of the file on return.
    private func begin(_ path: String) throws {
        let writer = try IndexWriter(path)
        try writer.addZones(members.zones)
        for (reference, row) in rows {
            try writer.addSegment(
                try members.number(of: reference), row, zoneBit: members.zoneBit(of: reference.zone)
            )
        }
        try writer.commit()
    }

    /// Copies whole tables inside of SQLite, in the order of their keys.
    private func add(_ hour: Hour, to database: Database) throws {
        // By its own connection, which checks what the file is.
        let index = try PartitionIndex(hour.path, of: hour.partition)
        let numbers = try members.numbers(of: index.segments())
        let mask = try zoneMask(index.zones())
        try database.attach(hour.path, as: "hour")
        try database.run("BEGIN")
        try database.run("DELETE FROM number")
        let map = try database.prepare("INSERT INTO number VALUES (?, ?)")
        for (old, new) in numbers.enumerated() {
            map.bind(1, old)
            map.bind(2, new)
            try map.run()
        }
        for (table, columns) in Self.tables {
            let values = columns.map { column in
                switch column {
                case "zones": mask
                case "segment": "(SELECT new FROM number WHERE old = segment)"
                default: column
                }
            }
            try database.run(
                """
                INSERT INTO main.\(table)(\(columns.joined(separator: ", ")))
                SELECT \(values.joined(separator: ", ")) FROM hour.\(table)
                """)
        }
        try database.run("COMMIT")
        try database.run("DETACH hour")
    }

    /// Those that a union holds, but for the ones it is begun with. `member` speaks of one object, and
    /// `zone` and `segment` are the union's own.
    private static let tables: [(String, [String])] = [
        ("tweet", ["id", "zones", "segment", "line", "digest"]),
        ("divergence", ["id", "digest", "zones", "segment", "line"]),
        ("notice", ["segment", "line", "kind", "id", "at", "json"]),
        ("deletion", ["id", "at", "segment", "line"]),
        ("quarantine", ["segment", "line", "reason", "bytes", "content"]),
        (
            "connection",
            ["segment", "id", "first", "last", "kind", "coversFirst", "coversLast", "cause"]
        ),
        (
            "partition",
            [
                "hour", "count", "rawBytes", "rawSHA256", "objectBytes", "objectSHA256",
                "replacesSHA256", "honoursDeletions",
            ]
        ),
    ]

    /// The union's bits for an hour's column `zones`, in SQL.
    private func zoneMask(_ zones: [Zone]) throws -> String {
        let bits = try zones.map { try members.zoneBit(of: $0) }
        if bits == Array(bits.indices) { return "zones" }
        // In SQLite these operators bind equally, from left to right.
        return bits.enumerated().map { "((zones >> \($0.offset) & 1) << \($0.element))" }
            .joined(separator: " | ")
    }
}
