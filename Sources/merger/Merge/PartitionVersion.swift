import Shared

/// Which index and which canonical object the store holds of a partition.
struct PartitionVersion: Equatable, Sendable {
    var index: ETag
    var canonical: ETag

    /// Those of the partitions from the first to the last of `partitions`, by listing.
    ///
    /// Objects are listed before indexes, for the reason that ``PartitionState`` gives.
    static func list(
        _ partitions: some Collection<Partition>, in store: any ObjectStore
    ) async throws -> [Partition: PartitionVersion] {
        guard let first = partitions.min(), let last = partitions.max() else { return [:] }
        let span = first...last
        let objects = try await tags(StoreLayout.canonicalPrefix, span, store)
        return try await tags(StoreLayout.indexPrefix, span, store)
            .reduce(into: [:]) { versions, index in
                versions[index.key] = objects[index.key].map {
                    PartitionVersion(index: index.value, canonical: $0)
                }
            }
    }

    private static func tags(
        _ prefix: String, _ span: ClosedRange<Partition>, _ store: any ObjectStore
    ) async throws -> [Partition: ETag] {
        var tags: [Partition: ETag] = [:]
        // Every key of the first day goes on behind this.
        var after = ObjectKey("\(prefix)date=\(span.lowerBound.date)")
        while true {
            let page = try await store.list(prefix, after: after)
            for object in page.objects {
                guard let partition = StoreLayout.parsePartition(object.key) else { continue }
                if span.contains(partition) { tags[partition] = object.etag }
                if partition > span.upperBound { return tags }
            }
            guard page.hasMore, let last = page.objects.last else { return tags }
            after = last.key
        }
    }
}
