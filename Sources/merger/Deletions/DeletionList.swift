import Shared

/// A tweet that notices delete, and what is left of it.
struct DeletionEntry: Encodable, Sendable {
    var id: TweetID
    /// When the first notice was received; nil while none was merged.
    var at: Timestamp?
    /// Where the first notice lies.
    var segment: String?
    /// From 1.
    var line: Int?
    /// The notice waits for a run: the record is in the canonical object still.
    var isPending: Bool
    /// The zones that saw the tweet.
    var zones: [Zone]
    /// Segments whose data may hold a copy: no other that was merged into the hour can.
    var remaining: [String]

    private enum CodingKeys: String, CodingKey {
        case id, at, segment, line, zones, remaining
        case isPending = "pending"
    }
}

/// Lists what was deleted, hour by hour.
struct DeletionList: Sendable {
    private let archive: ArchiveReader
    private let pending: PendingDeletions

    init(_ archive: ArchiveReader, now: Timestamp) async throws {
        self.archive = archive
        pending = try await PendingDeletions(archive, now: now)
    }

    /// Those of a span in which a deletion is recorded or waits, in order.
    func partitions(in span: PartitionSpan) async throws -> [Partition] {
        let waiting = pending.partitions.filter(span.contains)
        return Set(try await archive.partitions(in: span) + waiting).sorted()
    }

    /// Ascending by id.
    func entries(in partition: Partition) async throws -> [DeletionEntry] {
        let index = try await archive.index(of: partition)
        var entries = try index?.deletions() ?? [:]
        for id in try await pending.ids(in: partition, index: index) where entries[id] == nil {
            guard let tweet = TweetID(id) else { continue }
            entries[id] = DeletionEntry(
                id: tweet, isPending: true, zones: try index?.sighting(of: tweet)?.zones ?? [],
                remaining: [])
        }
        if let index { try await addRemaining(index, to: &entries) }
        return entries.values.sorted { $0.id < $1.id }
    }

    private func addRemaining(
        _ index: PartitionIndex, to entries: inout [Int64: DeletionEntry]
    ) async throws {
        let seen = entries.filter { !$0.value.zones.isEmpty }
        guard !seen.isEmpty else { return }
        let present = try index.segments().filter { !$0.isExpired && $0.records > 0 }
        let catalog = archive.catalog
        let manifests = try await catalog.manifests(of: present.map(\.reference))
        for (id, entry) in seen {
            entries[id]?.remaining = manifests.filter { manifest in
                entry.zones.contains(manifest.zone)
                    && manifest.members.contains { $0.mayHold(entry.id) }
            }.map(\.reference.key.path)
        }
    }
}

extension PartitionIndex {
    /// Every id of table `deletion`, without what remains of it.
    fileprivate func deletions() throws -> [Int64: DeletionEntry] {
        let zones = try zones()
        let rows = try database.prepare(
            """
            SELECT deletion.id, at, key, deletion.line, ifnull(zones, 0) FROM deletion
                JOIN segment ON number = deletion.segment LEFT JOIN tweet USING (id)
            """)
        var entries: [Int64: DeletionEntry] = [:]
        while try rows.step() {
            guard let id = TweetID(rows.integer(0)) else { continue }
            entries[id.rawValue] = DeletionEntry(
                id: id, at: Timestamp(milliseconds: rows.integer(1)), segment: rows.text(2),
                line: Int(rows.integer(3)), isPending: false,
                zones: zones.selected(by: rows.integer(4)), remaining: [])
        }
        return entries
    }
}
