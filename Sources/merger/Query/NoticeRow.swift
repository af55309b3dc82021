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
    /// The notices that name an id, first those that came first.
    func notices(about id: TweetID) throws -> [NoticeRow] {
        let statement = try database.prepare(
            """
            SELECT kind, at, zone.name, segment.key, line, json FROM notice
                JOIN segment ON segment.number = notice.segment
                JOIN zone ON zone.bit = segment.zone
            WHERE notice.id = ? ORDER BY at, segment.number, line
            """)
        statement.bind(1, id.rawValue)
        var rows: [NoticeRow] = []
        while try statement.step() {
            guard let zone = Zone(statement.text(2)) else { continue }
            rows.append(
                NoticeRow(
                    kind: statement.text(0), at: Timestamp(milliseconds: statement.integer(1)),
                    zone: zone, segment: statement.text(3), line: Int(statement.integer(4)),
                    json: statement.text(5)))
        }
        return rows
    }
}
