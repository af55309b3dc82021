import Shared

/// Makes a partition again from its segments alone, and compares every row with those of its index.
///
/// What the canonical object cannot show is found like this: the zones of a tweet, the place of a
/// winner, notices, connections.
struct PartitionRebuild {
    let dataset: Dataset
    let depot: SegmentDepot
    let scratch: Scratch
    /// For the lines of a slice.
    let memoryBytes: Int

    /// What the set decides: not how it came to be, and not how it is compressed.
    private static let tables = [
        ("zone", "bit, name"),
        (
            "segment",
            "number, key, zone, sha256, first, last, records, notices, quarantined, elsewhere"
        ),
        ("tweet", "id, zones, segment, line, digest"),
        ("divergence", "id, digest, zones, segment, line"),
        ("notice", "segment, line, kind, id, at, json"),
        ("deletion", "id, at, segment, line"),
        ("quarantine", "segment, line, reason, bytes, hex(content)"),
        ("connection", "segment, id, first, last, kind, coversFirst, coversLast, cause"),
        ("partition", "hour, count, rawBytes, rawSHA256, honoursDeletions"),
    ]

    /// - Parameter manifests: those of the store that concern the partition.
    /// - Returns: what differs. Nothing where segments have expired, and it cannot be made again.
    func run(_ index: PartitionIndex, _ manifests: [SegmentManifest]) async throws -> [String] {
        let rows = try index.segments()
        guard !rows.contains(where: \.isExpired) else { return [] }
        let admitted = Set(rows.map(\.reference))
        let wanted = manifests.filter { admitted.contains($0.reference) }
        for manifest in wanted { depot.expect(manifest.reference) }
        defer { for manifest in wanted { depot.release(manifest.reference) } }
        let (segments, problems) = try await depot.fetch(wanted)
        guard problems.isEmpty else { return problems.map { "\($0)" } }
        let merge = PartitionMerge(
            partition: index.partition, dataset: dataset, memoryBytes: memoryBytes,
            directory: scratch.directory)
        let result = try merge.run(base: nil, new: segments, replaces: nil)
        let truth = try PartitionIndex(result.indexPath, of: index.partition)
        return try Self.tables.compactMap { table, columns in
            try difference(table, columns, index, truth)
        }
    }

    /// The first row in which two indexes differ, in words.
    private func difference(
        _ table: String, _ columns: String, _ index: PartitionIndex, _ truth: PartitionIndex
    ) throws -> String? {
        let order = (1...columns.split(separator: ",").count).map(String.init)
            .joined(separator: ", ")
        let sql = "SELECT \(columns) FROM \(table) ORDER BY \(order)"
        let found = try index.database.prepare(sql)
        let wanted = try truth.database.prepare(sql)
        while true {
            let (here, there) = (try found.step(), try wanted.step())
            if !here, !there { return nil }
            let row = here ? text(found) : "no row"
            let made = there ? text(wanted) : "no row"
            guard row == made else {
                return """
                    partition \(index.partition): table \(table) has \(row), the segments give \
                    \(made)
                    """
            }
        }
    }

    private func text(_ row: Statement) -> String {
        (0..<row.columnCount).map { row.optionalText($0) ?? "null" }.joined(separator: "|")
    }
}
