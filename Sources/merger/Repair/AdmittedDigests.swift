import Shared

/// What the indexes say of segments that they have admitted, read as it is asked for.
struct AdmittedDigests {
    private let cache: StoreCache
    private var partitions: [Partition: [SegmentReference: ContentDigest?]] = [:]

    /// Segments come in order of time, so few hours are asked for again and again.
    private static let partitionsMax = 100

    init(_ cache: StoreCache) {
        self.cache = cache
    }

    /// The digests under which the partitions have admitted the segment: nil for one that has not.
    mutating func of(
        _ reference: SegmentReference, in partitions: some Sequence<Partition>
    ) async throws -> [ContentDigest?] {
        var digests: [ContentDigest?] = []
        for partition in partitions {
            digests.append(try await rows(of: partition)[reference] ?? nil)
        }
        return digests
    }

    private mutating func rows(
        of partition: Partition
    ) async throws -> [SegmentReference: ContentDigest?] {
        if let known = partitions[partition] { return known }
        if partitions.count >= Self.partitionsMax { partitions.removeAll() }
        var rows: [SegmentReference: ContentDigest?] = [:]
        if let object = try await cache.store.head(StoreLayout.index(partition)) {
            let index = try PartitionIndex(try await cache.path(of: object), of: partition)
            for row in try index.segments() { rows[row.reference] = row.sha256 }
        }
        partitions[partition] = rows
        return rows
    }
}
