import Shared

/// Which partitions a command looks at: a span of tweet time, and a share of it.
struct PartitionSpan: Sendable {
    /// Nil: from the beginning.
    var first: Partition?
    /// The last one that is part of it. Nil: to the end.
    var last: Partition?
    var shard = Shard.whole

    func contains(_ partition: Partition) -> Bool {
        if let first, partition < first { return false }
        if let last, partition > last { return false }
        return shard.contains(partition)
    }

    var isEverything: Bool { first == nil && last == nil && shard == .whole }
}

/// The i-th of n shares of all partitions, for array jobs.
struct Shard: Equatable, Sendable {
    /// From 0.
    var index: Int64
    var count: Int64

    static let whole = Shard(index: 0, count: 1)

    /// As many tasks as schedulers allow in an array.
    static let countMax: Int64 = 10_000

    func contains(_ partition: Partition) -> Bool {
        let remainder = partition.hoursSince1970 % count
        return (remainder + count) % count == index
    }
}
