import Shared

/// What rows of tweets must be, whatever the segments hold.
extension PartitionAudit {
    /// - Parameter manifests: of the segments, by their numbers.
    mutating func checkTweets(_ manifests: [SegmentManifest]) throws {
        try checkZones()
        try checkDivergence()
        let places = manifests.map(MemberPlaces.init)
        let ids = partition.ids
        for table in ["tweet", "divergence"] {
            let rows = try index.database.prepare("SELECT id, segment, line FROM \(table)")
            while try rows.step() {
                let id = rows.integer(0)
                let number = Int(rows.integer(1))
                guard ids.contains(id), places.indices.contains(number),
                    places[number].mayHold(id, line: rows.integer(2))
                else {
                    note("tweet \(id) cannot be where table \(table) has it")
                    continue
                }
            }
        }
    }

    private mutating func checkZones() throws {
        try expectNone(
            "tweets of zones that there are not, or of none",
            """
            SELECT 1 FROM tweet WHERE zones <= 0 OR zones >> (SELECT count(*) FROM zone) <> 0
            """)
        try expectNone(
            "winners without the bit of their zone",
            """
            SELECT 1 FROM tweet JOIN segment ON number = tweet.segment
            WHERE NOT zones & (1 << segment.zone)
            """)
        try expectNone(
            "zones that saw more tweets than they have records",
            """
            SELECT 1 FROM zone WHERE (SELECT count(*) FROM tweet WHERE zones & (1 << bit))
                > (SELECT ifnull(sum(records), 0) FROM segment WHERE zone = bit)
            """)
        try expectNone(
            "tweets too few or too many for the records there are",
            """
            SELECT 1 FROM (SELECT count(*) AS tweets FROM tweet),
                (SELECT ifnull(sum(records), 0) AS records FROM segment)
            WHERE tweets > records OR (tweets = 0 AND records > 0)
            """)
    }

    private mutating func checkDivergence() throws {
        try expectNone(
            "ids with a single version in table divergence",
            "SELECT 1 FROM divergence GROUP BY id HAVING count(*) < 2")
        try expectNone(
            "versions that do not have their tweet's winner first",
            """
            SELECT 1 FROM (
                SELECT *, row_number() OVER (PARTITION BY id ORDER BY segment, line) AS place
                FROM divergence) AS version LEFT JOIN tweet USING (id)
            WHERE place = 1 AND (tweet.digest, tweet.segment, tweet.line)
                IS NOT (version.digest, version.segment, version.line)
            """)
        try expectNone(
            "versions of other zones than their tweet",
            """
            SELECT 1 FROM divergence JOIN tweet USING (id), zone
            GROUP BY id, bit HAVING max((divergence.zones >> bit) & 1)
                <> max((tweet.zones >> bit) & 1)
            """)
        try expectNone(
            "versions of zones that there are not, or of none",
            """
            SELECT 1 FROM divergence
            WHERE zones <= 0 OR zones >> (SELECT count(*) FROM zone) <> 0
            """)
    }
}

/// Which ids may stand in which lines of a segment, by its manifest.
private struct MemberPlaces {
    private let members: [SegmentManifest.MemberFacts]
    /// For each member, how many lines there are up to its end.
    private let ends: [Int64]

    init(_ manifest: SegmentManifest) {
        members = manifest.members
        var lines: Int64 = 0
        ends = manifest.members.map { member in
            lines += Int64(member.lines)
            return lines
        }
    }

    func mayHold(_ id: Int64, line: Int64) -> Bool {
        guard line > 0 else { return false }
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < line { low = middle + 1 } else { high = middle }
        }
        guard low < members.count, let id = TweetID(id) else { return false }
        return members[low].mayHold(id)
    }
}
