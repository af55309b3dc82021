import Shared

/// What the lines that are no records say, read again from the index itself: it holds them whole.
extension PartitionAudit {
    /// - Parameter manifests: of the segments, by their numbers.
    mutating func checkLines(_ manifests: [SegmentManifest]) throws {
        try checkNotices(manifests)
        try checkQuarantine(manifests)
        let first = """
            SELECT id, at, segment, line FROM (
                SELECT *, row_number() OVER (PARTITION BY id ORDER BY at, segment, line) AS place
                FROM notice WHERE kind = 'delete' AND id IS NOT NULL) WHERE place = 1
            """
        let known = "SELECT id, at, segment, line FROM deletion"
        try expectNone("deletions that no notice asks for", "\(known) EXCEPT \(first)")
        try expectNone(
            "notices of deletion that table deletion does not have", "\(first) EXCEPT \(known)")
        try expectNone(
            "lines that stand in two tables",
            """
            SELECT 1 FROM (
                SELECT segment, line FROM notice UNION ALL SELECT segment, line FROM quarantine
                UNION ALL SELECT segment, line FROM (
                    SELECT id, segment, line FROM tweet
                    UNION SELECT id, segment, line FROM divergence))
            GROUP BY segment, line HAVING count(*) > 1
            """)
    }

    private mutating func checkNotices(_ manifests: [SegmentManifest]) throws {
        let rows = try index.database.prepare(
            "SELECT segment, line, kind, id, at, json FROM notice")
        while try rows.step() {
            guard let manifest = manifest(rows, manifests) else { continue }
            let line = Int(rows.integer(1))
            let at = manifest.arrivalTime(ofLine: line)
            guard case .notice(let kind, let id) = scan(rows.bytes(5)),
                kind.rawValue == rows.text(2), at.milliseconds == rows.integer(4),
                plausible(id, manifest)?.rawValue == rows.optionalInteger(3),
                isHere(plausible(id, manifest), manifest)
            else {
                note("notice in line \(line) of \(manifest.reference): says something else")
                continue
            }
        }
    }

    private mutating func checkQuarantine(_ manifests: [SegmentManifest]) throws {
        let rows = try index.database.prepare(
            "SELECT segment, line, reason, bytes, content FROM quarantine")
        while try rows.step() {
            guard let manifest = manifest(rows, manifests) else { continue }
            let content = rows.bytes(4)
            let reason: UnreadableReason? =
                switch scan(content) {
                case .unreadable(let reason): reason
                case .record(let id, _): plausible(id, manifest) == nil ? .implausibleID : nil
                case .notice: nil
                }
            if reason?.rawValue != rows.text(2) || content.count != rows.integer(3) {
                note(
                    "line \(rows.integer(1)) of \(manifest.reference): is no such quarantined line")
            }
        }
    }

    /// The manifest of a row's segment, if it has the line.
    private mutating func manifest(
        _ row: Statement, _ manifests: [SegmentManifest]
    ) -> SegmentManifest? {
        let number = Int(row.integer(0))
        guard manifests.indices.contains(number),
            (1...Int64(max(1, manifests[number].lines))).contains(row.integer(1))
        else {
            note("line \(row.integer(1)) of segment number \(number) cannot be")
            return nil
        }
        return manifests[number]
    }

    private func scan(_ line: [UInt8]) -> ScannedLine {
        line.withUnsafeBytes { dataset.scanner.scan($0) }
    }

    private func plausible(_ id: TweetID?, _ manifest: SegmentManifest) -> TweetID? {
        let bound = manifest.lastPlausiblePartition(latestIDTime: dataset.limits.latestIDTime)
        return id.flatMap { $0.partition <= bound ? $0 : nil }
    }

    private func isHere(_ id: TweetID?, _ manifest: SegmentManifest) -> Bool {
        (id?.partition ?? manifest.name.homePartition) == partition
    }

    // MARK: Connections

    /// The manifests of the segments at home here say the same.
    mutating func checkConnections(_ manifests: [SegmentManifest]) throws {
        var wanted: [Int: [String: SegmentManifest.ConnectionFacts]] = [:]
        var count = 0
        for (number, manifest) in manifests.enumerated()
        where manifest.name.homePartition == partition {
            for connection in manifest.connections {
                wanted[number, default: [:]][connection.id] = connection
            }
            count += wanted[number]?.count ?? 0
        }
        let rows = try index.database.prepare(
            """
            SELECT segment, id, first, last, kind, coversFirst, coversLast, cause FROM connection
            """)
        while try rows.step() {
            count -= 1
            let connection = wanted[Int(rows.integer(0))]?[rows.text(1)]
            guard let connection, rows.integer(2) == connection.from.milliseconds,
                rows.integer(3) == connection.to.milliseconds,
                rows.text(4) == connection.kind.rawValue,
                rows.optionalInteger(5) == connection.covers?.first.milliseconds,
                rows.optionalInteger(6) == connection.covers?.last.milliseconds,
                rows.optionalText(7) == connection.cause
            else {
                note("connection \(rows.text(1)): is not what a manifest says")
                continue
            }
        }
        if count != 0 { note("\(count) connections of manifests are missing") }
    }
}
