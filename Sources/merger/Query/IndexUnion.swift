import Shared

/// One database over the indexes of many partitions.
///
/// A tweet is in one partition only; a segment may be in several, and its counts add up.
struct IndexUnion {
    /// Opened one at a time: a year has more hours than a process may have files.
    private let paths: [(partition: Partition, path: String)]
    private let members: Membership
    private var rows: [SegmentReference: SegmentRow] = [:]

    init(_ paths: [(partition: Partition, path: String)], dataset: Dataset) throws {
        self.paths = paths.sorted { $0.partition < $1.partition }
        for (partition, path) in self.paths {
            for row in try PartitionIndex(path, of: partition).segments() {
                guard var sum = rows[row.reference] else {
                    rows[row.reference] = row
                    continue
                }
                sum.isExpired = sum.isExpired || row.isExpired
                sum.records += row.records
                sum.notices += row.notices
                sum.quarantined += row.quarantined
                // What is elsewhere for one partition is here for another.
                sum.elsewhere -= row.records + row.notices + row.quarantined
                rows[row.reference] = sum
            }
        }
        members = try Membership(known: [], new: Array(rows.keys), dataset: dataset)
    }

    func write(_ path: String) throws {
        let writer = try IndexWriter(path)
        try writer.addZones(members.zones)
        for (reference, row) in rows {
            try writer.addSegment(
                try members.number(of: reference), row, zoneBit: members.zoneBit(of: reference.zone)
            )
        }
        for (partition, path) in paths {
            let index = try PartitionIndex(path, of: partition)
            let numbers = try members.numbers(of: index.segments())
            try writer.carryOver(index, numbers: numbers)
            try copyTweets(index, numbers, to: writer)
            try writer.carryOverPartition(index)
        }
        try writer.commit()
    }

    private func copyTweets(
        _ index: PartitionIndex, _ numbers: [Int], to writer: IndexWriter
    ) throws {
        let base = try IndexBase(
            index, segmentNumbers: numbers,
            zoneBits: index.zones().map { try members.zoneBit(of: $0) })
        var copies = TweetCopies()
        while let id = base.id {
            copies.removeAll()
            try base.add(to: &copies)
            try writer.addTweet(id, copies)
            try base.advance()
        }
    }
}
