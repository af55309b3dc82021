import Shared

/// Asks one index about one tweet after another.
final class SightingReader {
    private let zones: [Zone]
    private let tweet: Statement
    private let versions: Statement

    init(_ index: PartitionIndex) throws {
        zones = try index.zones()
        tweet = try index.database.prepare(
            """
            SELECT zones, segment.key, line, digest,
                EXISTS (SELECT 1 FROM divergence WHERE divergence.id = tweet.id),
                (SELECT at FROM deletion WHERE deletion.id = tweet.id)
            FROM tweet JOIN segment ON segment.number = tweet.segment WHERE tweet.id = ?
            """)
        versions = try index.database.prepare(
            """
            SELECT digest, zones, segment.key, line
            FROM divergence JOIN segment ON segment.number = divergence.segment
            WHERE divergence.id = ? ORDER BY divergence.segment, line
            """)
    }

    /// Nil where no zone saw it. The time of reception is not in an index.
    func sighting(of id: TweetID) throws -> Sighting? {
        tweet.reset()
        tweet.bind(1, id.rawValue)
        guard try tweet.step() else { return nil }
        let divergence = tweet.integer(4) == 0 ? nil : try versions(of: id)
        let deletedAt = tweet.optionalInteger(5).map { Timestamp(milliseconds: $0) }
        return Sighting(
            id: id, created: id.creationTime, zones: zones.selected(by: tweet.integer(0)),
            segment: tweet.text(1), line: Int(tweet.integer(2)),
            digest: RecordDigest.text(tweet.integer(3)), versions: divergence?.count ?? 1,
            divergence: divergence, isDeleted: deletedAt != nil, deletedAt: deletedAt)
    }

    private func versions(of id: TweetID) throws -> [Sighting.Version] {
        versions.reset()
        versions.bind(1, id.rawValue)
        var found: [Sighting.Version] = []
        while try versions.step() {
            found.append(
                Sighting.Version(
                    digest: RecordDigest.text(versions.integer(0)),
                    zones: zones.selected(by: versions.integer(1)), segment: versions.text(2),
                    line: Int(versions.integer(3))))
        }
        return found
    }

}

extension PartitionIndex {
    /// Nil where no zone saw it.
    func sighting(of id: TweetID) throws -> Sighting? {
        try SightingReader(self).sighting(of: id)
    }
}
