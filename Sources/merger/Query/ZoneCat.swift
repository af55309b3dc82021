import Shared

/// Brings the lines of one zone's segments as they came: its own view, whatever was merged.
struct ZoneCat {
    let archive: ArchiveReader
    let zone: Zone
    let span: PartitionSpan
    /// With bounds only records are brought, since nothing else has a place among ids.
    let range: IDBounds

    private var isEverything: Bool { span.isEverything && range == .all }

    /// Calls `body` with whole lines.
    ///
    /// - Returns: how many segments could not be brought because their data have expired.
    func run(_ body: (UnsafeRawBufferPointer) -> Void) async throws -> Int {
        // By what the manifests say and not by their names: an adopted file may reach over weeks.
        let listing = try await archive.catalog.find(zone)
        var problems = listing.problems
        var rest = listing.entries.filter { $0.facts.partitions.contains(where: mayHold) }[...]
        var expired = 0
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batchCount))
            rest = rest.dropFirst(Self.batchCount)
            let (manifests, unread) = try await archive.catalog.load(batch, of: listing)
            problems += unread
            for manifest in manifests {
                do {
                    try await run(manifest, body)
                } catch let error as ObjectStoreError where error.code == .notFound {
                    guard try await hasExpired(manifest) else { throw error }
                    expired += 1
                }
            }
        }
        if let problem = problems.first { throw problem }
        return expired
    }

    /// How many manifests are held decoded at once.
    private static let batchCount = 64

    private func hasExpired(_ manifest: SegmentManifest) async throws -> Bool {
        let index = try await archive.index(of: manifest.name.homePartition)
        return try index?.segments().first { $0.reference == manifest.reference }?.isExpired
            ?? false
    }

    private func mayHold(_ partition: Partition) -> Bool {
        span.contains(partition) && range.mayHold(partition)
    }

    private func run(
        _ manifest: SegmentManifest, _ body: (UnsafeRawBufferPointer) -> Void
    ) async throws {
        let isWhole =
            isEverything || range == .all && manifest.partitions.allSatisfy(span.contains)
        for member in manifest.members where isWhole || mayHold(member, of: manifest) {
            let raw = try await archive.inflate(member, of: manifest)
            raw.withUnsafeBytes { raw in
                if isWhole { return body(raw) }
                _ = RawLines.forEach(in: raw) { line, offset in
                    guard isWanted(line, of: manifest) else { return }
                    body(UnsafeRawBufferPointer(rebasing: raw[offset...(offset + line.count)]))
                }
            }
        }
    }

    private func mayHold(
        _ member: SegmentManifest.MemberFacts, of manifest: SegmentManifest
    ) -> Bool {
        let holdsOthers =
            manifest.hours.contains { $0.notices > 0 && span.contains($0.hour) }
            || span.contains(manifest.name.homePartition)
        if range == .all, holdsOthers { return true }
        guard let first = member.minID, let last = member.maxID else { return false }
        return range.overlaps(first.rawValue, last.rawValue)
            && span.mayOverlap(first.partition, last.partition)
    }

    /// A line belongs to the hour that the merger would put it into: `docs/FORMAT.md`, "Manifest".
    private func isWanted(_ line: UnsafeRawBufferPointer, of manifest: SegmentManifest) -> Bool {
        let bound = manifest.lastPlausiblePartition(
            latestIDTime: archive.dataset.limits.latestIDTime)
        let home = manifest.name.homePartition
        switch archive.dataset.scanner.scan(line) {
        case .record(let id, _) where id.partition <= bound:
            return span.contains(id.partition) && range.contains(id.rawValue)
        case .notice(_, let id?) where id.partition <= bound:
            return range == .all && span.contains(id.partition)
        case .record, .notice, .unreadable:
            return range == .all && span.contains(home)
        }
    }
}

extension PartitionSpan {
    /// Whether it may hold one of the hours from `first` to `last`.
    func mayOverlap(_ first: Partition, _ last: Partition) -> Bool {
        if let start = self.first, last < start { return false }
        if let end = self.last, end < first { return false }
        return true
    }
}
