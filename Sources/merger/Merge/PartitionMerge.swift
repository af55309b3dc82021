import Shared

/// Makes the index file and the canonical object of one partition, as local files.
///
/// The result is a function of the set of segments and of the dataset alone (G5): adding a segment
/// that is in the base already changes nothing.
///
/// ```
/// index base     ──┐  tweets by id
/// slices of new  ──┼─► join by id ─► index file
///   segments       │        └─ winner ─► canonical file
/// canonical base ──┘  bytes of winners that are in no new segment
/// ```
struct PartitionMerge {
    /// What is there already and is built upon.
    struct Base {
        var index: PartitionIndex
        /// The canonical object of that index, or the one it replaces; nil if there is none.
        var canonicalPath: String?
    }

    struct Segment {
        var manifest: SegmentManifest
        /// A local copy of the data, of the digest that the manifest says; nil without data.
        var path: String?
    }

    struct Result {
        var indexPath: String
        var canonicalPath: String
        var canonical: CanonicalWriter.Result
        var ledger: Ledger
    }

    let partition: Partition
    let dataset: Dataset
    /// For the lines of a slice.
    let memoryBytes: Int
    /// An existing directory for the two files and nothing else.
    let directory: String
    /// Gets the share of the ids that was merged, from 0 to 1.
    var onProgress: (Double) -> Void = { _ in }

    private var honoursDeletions: Bool { dataset.deletions == .honour }

    /// - Parameters:
    ///   - new: segments to add; those of the index that `base` does not stand for again among them.
    ///   - replaces: the digest of the object that lies in the store.
    func run(base: Base?, new: [Segment], replaces: ContentDigest?) throws -> Result {
        let known = try base?.index.segments() ?? []
        let members = try Membership(
            known: known, new: new.map(\.manifest.reference), dataset: dataset)
        let inputs = try new.map { segment in
            try SegmentInput(
                segment.manifest, path: segment.path,
                number: members.number(of: segment.manifest.reference),
                zoneBit: members.zoneBit(of: segment.manifest.zone))
        }
        let indexPath = "\(directory)/index.sqlite"
        let canonicalPath = "\(directory)/tweets.ndjson.gz"
        try LocalDirectory.remove(indexPath)
        let index = try IndexWriter(indexPath)
        var canonical = try CanonicalWriter(canonicalPath, dataset.compression)
        try carryOver(base, known, members, into: index)
        let findings = try join(
            base, known, members, inputs, index: index, canonical: &canonical)
        let written = try canonical.finish()
        for (input, findings) in zip(inputs, findings) {
            try input.check(findings, in: partition)
        }
        try writeSegments(known, inputs, findings, members, into: index)
        try index.finish(
            partition, written, replaces: replaces,
            honoursDeletions: honoursDeletions)
        let ledger = try index.ledger()
        try check(ledger, written, index)
        return Result(
            indexPath: indexPath, canonicalPath: canonicalPath, canonical: written, ledger: ledger)
    }

    private func carryOver(
        _ base: Base?, _ known: [SegmentRow], _ members: Membership, into index: IndexWriter
    ) throws {
        guard let base else { return }
        try index.carryOver(base.index, numbers: try members.numbers(of: known))
    }

    // MARK: The join

    private func join(
        _ base: Base?, _ known: [SegmentRow], _ members: Membership, _ inputs: [SegmentInput],
        index: IndexWriter, canonical: inout CanonicalWriter
    ) throws -> [SegmentInput.Findings] {
        let indexBase = try base.map {
            try IndexBase(
                $0.index, segmentNumbers: members.numbers(of: known),
                zoneBits: $0.index.zones().map { try members.zoneBit(of: $0) })
        }
        let canonicalBase = try base?.canonicalPath.map {
            try CanonicalBase($0, dataset)
        }
        var loader = SliceLoader(
            inputs, partition, dataset, index: index, bytesMax: memoryBytes)
        var slices = Array(loader.slices(of: partition.ids).reversed())
        var deleted: Set<Int64>?
        while let slice = slices.popLast() {
            try Task.checkCancellation()
            // Deletions must all be known before the first record is written. Where the last slice
            // is the only one, loading it reads most members anyway.
            if honoursDeletions, !slices.isEmpty { try loader.visitAll(isAhead: true) }
            guard let copies = try loader.load(slice) else {
                slices += slice.halves.reversed()
                continue
            }
            if honoursDeletions || slices.isEmpty { try loader.visitAll(isAhead: false) }
            if honoursDeletions, deleted == nil { deleted = try index.deletedIDs() }
            let emission = Emission(
                copies: copies, end: slice.upperBound, indexBase: indexBase,
                canonicalBase: canonicalBase, deleted: deleted ?? [])
            try Stage.pick.measure(without: [.index, .digest]) {
                try emission.run(loader, index: index, canonical: &canonical)
            }
            onProgress(partition.share(below: slice.upperBound))
        }
        guard indexBase?.id == nil, canonicalBase?.id == nil else {
            throw MergeError(
                .ledger, "partition \(partition): the base holds tweets of another partition")
        }
        return loader.findings
    }

    // MARK: The facts about segments

    private func writeSegments(
        _ known: [SegmentRow], _ inputs: [SegmentInput], _ findings: [SegmentInput.Findings],
        _ members: Membership, into index: IndexWriter
    ) throws {
        try index.addZones(members.zones)
        var rows: [Int: SegmentRow] = [:]
        for var row in known {
            row.isAdded = false
            rows[try members.number(of: row.reference)] = row
        }
        for (input, findings) in zip(inputs, findings) {
            rows[input.number] = input.row(findings)
            guard input.manifest.name.homePartition == partition else { continue }
            try index.addConnections(input.manifest.connections, number: input.number)
        }
        for (number, row) in rows.sorted(by: { $0.key < $1.key }) {
            try index.addSegment(number, row, zoneBit: members.zoneBit(of: row.reference.zone))
        }
    }

    private func check(
        _ ledger: Ledger, _ canonical: CanonicalWriter.Result, _ index: IndexWriter
    ) throws {
        guard ledger.isBalanced, ledger.duplicates >= 0, ledger.canonical == canonical.count,
            ledger.canonical + ledger.deleted == index.tweets
        else {
            throw MergeError(
                .ledger,
                """
                partition \(partition): lines read and lines accounted for differ: \(ledger), \
                \(canonical.count) records written, \(index.tweets) tweets: please report this
                """)
        }
    }
}

extension SegmentInput {
    /// What the index says of the segment.
    func row(_ findings: Findings) -> SegmentRow {
        SegmentRow(
            reference: manifest.reference, sha256: manifest.object?.sha256,
            received: manifest.received, records: findings.records, notices: findings.notices,
            quarantined: findings.quarantined,
            elsewhere: manifest.lines - findings.records - findings.notices - findings.quarantined,
            isExpired: false, isAdded: true)
    }
}

extension Partition {
    /// The ids that belong here. Those from before snowflakes all belong to the first hour.
    var ids: Range<Int64> {
        Self.firstID(at: start)..<Self.firstID(at: end)
    }

    /// The least id of a moment, as far as there are any then.
    private static func firstID(at time: Timestamp) -> Int64 {
        let since = max(0, time.milliseconds - TweetID.epoch.milliseconds)
        guard since <= Int64.max >> TweetID.bitsBelowTime else { return .max }
        return max(1, since << TweetID.bitsBelowTime)
    }

    /// How much of the ids lies below one of them, from 0 to 1.
    fileprivate func share(below id: Int64) -> Double {
        Double(id - ids.lowerBound) / Double(max(1, ids.count))
    }
}

extension Range<Int64> {
    fileprivate var halves: [Range<Int64>] {
        let middle = lowerBound + (upperBound - lowerBound) / 2
        return [lowerBound..<middle, middle..<upperBound]
    }
}
