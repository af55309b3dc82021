import Shared

/// A line of the stream that speaks of a tweet: the table `notice`.
struct NoticeRow: Equatable, Encodable, Sendable {
    /// `delete`, `scrub_geo`, `status_withheld`, or another one of `docs/FORMAT.md`.
    var kind: String
    /// When it was received.
    var at: Timestamp
    var zone: Zone
    var segment: String
    /// From 1.
    var line: Int
    /// As it was received.
    var json: String
}

extension PartitionIndex {
    /// The notices that name some of the ids, by id, first those that came first.
    ///
    /// One pass over the table, however many ids.
    func notices(about ids: some Sequence<TweetID>) throws -> [TweetID: [NoticeRow]] {
        let statement = try database.prepare(
            """
            SELECT id, kind, at, zone.name, segment.key, line, json FROM notice
                JOIN segment ON segment.number = notice.segment
                JOIN zone ON zone.bit = segment.zone
            WHERE notice.id IN (SELECT value FROM json_each(?))
            ORDER BY at, segment.number, line
            """)
        statement.bind(1, "[\(ids.map { "\($0.rawValue)" }.joined(separator: ","))]")
        var rows: [TweetID: [NoticeRow]] = [:]
        while try statement.step() {
            guard let id = TweetID(statement.integer(0)), let zone = Zone(statement.text(3)) else {
                continue
            }
            rows[id, default: []].append(
                NoticeRow(
                    kind: statement.text(1), at: Timestamp(milliseconds: statement.integer(2)),
                    zone: zone, segment: statement.text(4), line: Int(statement.integer(5)),
                    json: statement.text(6)))
        }
        return rows
    }
}
