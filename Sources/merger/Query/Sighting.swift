import Shared

/// What the index knows of one tweet.
struct Sighting: Encodable {
    var id: TweetID
    var created: Timestamp
    /// Zones that have a copy, in order of rank.
    var zones: [Zone]
    /// Where the winning copy lies.
    var segment: String
    /// From 1.
    var line: Int
    /// XXH64 of what the copy says, in hexadecimal.
    var digest: String
    /// How many different digests its copies have.
    var versions: Int
    var isDeleted: Bool

    private enum CodingKeys: String, CodingKey {
        case id, created, zones, segment, line, digest, versions
        case isDeleted = "deleted"
    }
}

extension PartitionIndex {
    /// Nil where no zone saw it.
    func sighting(of id: TweetID) throws -> Sighting? {
        let statement = try database.prepare(
            """
            SELECT zones, segment.key, line, digest,
                (SELECT count(*) FROM divergence WHERE divergence.id = tweet.id),
                EXISTS (SELECT 1 FROM deletion WHERE deletion.id = tweet.id)
            FROM tweet JOIN segment ON segment.number = tweet.segment WHERE tweet.id = ?
            """)
        statement.bind(1, id.rawValue)
        guard try statement.step() else { return nil }
        let mask = statement.integer(0)
        let zones = try zones().enumerated().filter { mask & (1 << Int64($0.offset)) != 0 }
        let digest = String(UInt64(bitPattern: statement.integer(3)), radix: 16)
        return Sighting(
            id: id, created: id.creationTime, zones: zones.map(\.element),
            segment: statement.text(1), line: Int(statement.integer(2)),
            digest: String(repeating: "0", count: 16 - digest.count) + digest,
            versions: max(1, Int(statement.integer(4))), isDeleted: statement.integer(5) != 0)
    }
}
