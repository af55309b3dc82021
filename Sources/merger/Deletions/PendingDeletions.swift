import Shared

/// What delete notices ask for that no index has admitted yet: until then `query` and `cat` leave
/// these ids out.
///
/// Goes by the manifests that a run would look at, those of late segments included.
struct PendingDeletions: Sendable {
    private let reader: DeletionReader
    private let catalog: SegmentCatalog
    private let listing: SegmentCatalog.Listing
    private let segments: [Partition: [CatalogEntry]]

    /// Lists manifests once; to be asked for every partition that is read.
    init(_ archive: ArchiveReader, now: Timestamp) async throws {
        reader = DeletionReader(archive)
        catalog = archive.catalog
        guard archive.dataset.deletions == .honour else {
            listing = SegmentCatalog.Listing()
            segments = [:]
            return
        }
        listing = try await catalog.find(isFull: false, now: now)
        var segments: [Partition: [CatalogEntry]] = [:]
        for entry in listing.entries {
            for partition in entry.facts.partitions {
                segments[partition, default: []].append(entry)
            }
        }
        self.segments = segments
    }

    /// Those that notices which wait may belong to.
    var partitions: some Collection<Partition> { segments.keys }

    /// The ids of the partition that a notice deletes and the index does not know of.
    ///
    /// - Parameter index: the one that is being read, so that both say the same; nil where there is
    ///   none.
    func ids(in partition: Partition, index: PartitionIndex?) async throws -> Set<Int64> {
        guard let concerned = segments[partition] else { return [] }
        let admitted = Set(try index?.segments().map(\.reference) ?? [])
        let waiting = concerned.filter { !admitted.contains($0.reference) }
        var ids: Set<Int64> = []
        for manifest in try await catalog.load(waiting, of: listing).manifests
        where manifest.hours.contains(where: { $0.hour == partition && $0.notices > 0 }) {
            for id in try await reader.deletedIDs(of: manifest) where id.partition == partition {
                ids.insert(id.rawValue)
            }
        }
        return ids
    }
}
