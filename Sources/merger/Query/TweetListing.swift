import Shared

/// Which tweets of an index are listed. Filters combine: a tweet has to pass all.
struct TweetListing {
    /// Seen by this zone and no other.
    var zoneOnly: Zone?
    /// Seen, and not by this zone.
    var missingFrom: Zone?
    var isDivergent = false
    var isDeleted = false

    /// A tweet of the list: a document of `merger query --since … --json`.
    struct Entry: Encodable {
        var id: TweetID
        var created: Timestamp
        /// In order of rank.
        var zones: [Zone]
        var versions: Int
        var deleted: Bool
    }

    var isUnfiltered: Bool {
        zoneOnly == nil && missingFrom == nil && !isDivergent && !isDeleted
    }

    /// Calls `body` with each, ascending by id.
    func forEach(in index: PartitionIndex, _ body: (Entry) -> Void) throws {
        let zones = try index.zones()
        guard let condition = condition(zones) else { return }
        let rows = try index.database.prepare(
            """
            SELECT id, zones,
                max(1, (SELECT count(*) FROM divergence WHERE divergence.id = tweet.id)),
                EXISTS (SELECT 1 FROM deletion WHERE deletion.id = tweet.id)
            FROM tweet WHERE \(condition) ORDER BY id
            """)
        while try rows.step() {
            guard let id = TweetID(rows.integer(0)) else { continue }
            body(
                Entry(
                    id: id, created: id.creationTime, zones: zones.selected(by: rows.integer(1)),
                    versions: Int(rows.integer(2)), deleted: rows.integer(3) != 0))
        }
    }

    /// In SQL; nil where no tweet of the index passes.
    private func condition(_ zones: [Zone]) -> String? {
        var conditions = ["1"]
        if let zoneOnly {
            guard let bit = zones.firstIndex(of: zoneOnly) else { return nil }
            conditions.append("zones = \(1 << Int64(bit))")
        }
        if let missingFrom, let bit = zones.firstIndex(of: missingFrom) {
            conditions.append("zones & \(1 << Int64(bit)) = 0")
        }
        if isDivergent { conditions.append("id IN (SELECT id FROM divergence)") }
        if isDeleted { conditions.append("id IN (SELECT id FROM deletion)") }
        return conditions.joined(separator: " AND ")
    }
}
