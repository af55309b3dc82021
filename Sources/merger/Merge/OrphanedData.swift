import Shared

/// Data in the store that no manifest speaks of: they are not in the set.
struct OrphanedData {
    /// How long data may be without a manifest before that is reported, by the segment's name. A
    /// listener puts it right behind them, or at its next start.
    static let grace = Duration.seconds(3600)

    private let objects: [StoredObject]

    /// Lists the data. To be done before the manifests are listed: then what is being shipped has
    /// its manifest by the time that these are.
    init(
        _ catalog: SegmentCatalog, isFull: Bool, now: Timestamp
    ) async throws {
        objects = try await catalog.keys(
            under: StoreLayout.segmentPrefix, isFull: isFull, now: now)
    }

    /// By zone and name.
    var segments: [(reference: SegmentReference, object: StoredObject)] {
        objects.compactMap { object in
            StoreLayout.parseSegment(object.key).map { ($0, object) }
        }.sorted { ($0.0.zone, $0.0.name) < ($1.0.zone, $1.0.name) }
    }

    func problems(
        _ listing: SegmentCatalog.Listing, in span: PartitionSpan, now: Timestamp
    ) -> [MergeError] {
        segments.map(\.reference).filter {
            !listing.named.contains($0) && !listing.replaced.contains($0)
                && span.contains($0.name.homePartition)
                && $0.name.start.duration(to: now) > Self.grace
        }.map { reference in
            MergeError(
                .noManifest(reference),
                """
                segment \(reference): has data and no manifest: left out: merger repair writes one \
                from the bytes
                """)
        }
    }
}
