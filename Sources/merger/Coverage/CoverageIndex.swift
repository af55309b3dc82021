import Shared

/// What has to be known of an index before its tweets are read.
struct CoverageIndex: Sendable {
    let partition: Partition
    /// Of a local copy, which nobody changes.
    let path: String
    /// In order of their bits.
    let zones: [Zone]
    let segments: [SegmentRow]

    init(_ path: String, of partition: Partition) throws {
        let index = try PartitionIndex(path, of: partition)
        self.partition = partition
        self.path = path
        zones = try index.zones()
        segments = try index.segments()
    }
}
