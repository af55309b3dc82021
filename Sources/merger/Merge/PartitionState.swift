import Shared

/// What the store holds of one partition.
struct PartitionState {
    var indexObject: StoredObject?
    var index: PartitionIndex?
    var canonical: StoredObject?
    var canonicalDigest: ContentDigest?

    /// The object is looked at before the index: what somebody else writes in between then looks
    /// like an index whose object is not there yet, which can be mended, and never like an object
    /// that no index knows.
    static func read(_ partition: Partition, _ cache: StoreCache) async throws -> PartitionState {
        var state = PartitionState()
        state.canonical = try await cache.store.head(StoreLayout.canonical(partition))
        state.indexObject = try await cache.store.head(StoreLayout.index(partition))
        if let object = state.indexObject {
            state.index = try PartitionIndex(try await cache.provenPath(of: object), of: partition)
        }
        if let object = state.canonical {
            state.canonicalDigest = try await cache.digest(of: object)
        }
        return state
    }
}
