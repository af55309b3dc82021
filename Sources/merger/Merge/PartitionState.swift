import Shared

/// What the store holds of one partition.
struct PartitionState {
    var indexObject: StoredObject?
    var index: PartitionIndex?
    var canonical: StoredObject?
    var canonicalDigest: ContentDigest?

    static func read(_ partition: Partition, _ cache: StoreCache) async throws -> PartitionState {
        var state = PartitionState()
        state.indexObject = try await cache.store.head(StoreLayout.index(partition))
        state.canonical = try await cache.store.head(StoreLayout.canonical(partition))
        if let object = state.indexObject {
            state.index = try PartitionIndex(try await cache.path(of: object), of: partition)
        }
        if let object = state.canonical {
            state.canonicalDigest = try await cache.digest(of: object)
        }
        return state
    }
}
