import Shared

/// One copy of a tweet in the slice at hand, and where its bytes lie in the arena.
struct LoadedCopy {
    var id: Int64
    var rank: CopyRank
    var digest: Int64
    var offset: Int
    var bytes: Int32
    var zoneBit: Int8
}

/// Reads the copies of a range of ids from the new segments of a partition into memory.
///
/// ```
/// ids of the partition:  |---- slice ----|---- slice ----|---- slice ----|
/// members of segments:   [----]  [----]  [-----]  [----]   [----]  [---]
///                      [----]  [----]  [----]   [-----]  [----]   [----]
/// ```
///
/// Members come nearly ordered, so each is inflated for one slice and a few for two. Only the lines
/// inside the slice are kept, so the memory is bounded whatever the order.
struct SliceLoader {
    private let inputs: [SegmentInput]
    private let scan: MemberScan
    private let bytesMax: Int
    private var receiver: SliceReceiver

    /// - Parameter bytesMax: how many bytes of lines and facts about them are held at once.
    init(
        _ inputs: [SegmentInput], _ scan: MemberScan, _ index: IndexWriter, bytesMax: Int
    ) {
        self.inputs = inputs
        self.scan = scan
        self.bytesMax = bytesMax
        receiver = SliceReceiver(index)
    }

    /// Cuts the range of ids so that about as much as fits lies between two cuts.
    func slices(of ids: Range<Int64>) -> [Range<Int64>] {
        let members = inputs.flatMap { $0.manifest.members }
            .compactMap { member in member.minID.map { (start: $0.rawValue, raw: member.raw) } }
            .sorted { $0.start < $1.start }
        var slices: [Range<Int64>] = []
        var start = ids.lowerBound
        var held = 0
        for member in members {
            held += member.raw
            guard held > bytesMax, ids.contains(member.start), member.start > start else {
                continue
            }
            slices.append(start..<member.start)
            start = member.start
            held = member.raw
        }
        return slices + [start..<ids.upperBound]
    }

    /// Reads every member that was not read yet, for its notices and unreadable lines.
    mutating func visitAll(in partition: Partition) throws {
        for input in inputs where input.needsEveryLine(in: partition) {
            for member in input.manifest.members.indices where !input.isVisited(member) {
                try scan.read(member, of: input, into: &receiver)
            }
        }
    }

    /// The copies of a slice, ascending by id and then by rank.
    ///
    /// - Returns: nil where they are more than fits and the slice can be cut further.
    mutating func load(_ slice: Range<Int64>) throws -> [LoadedCopy]? {
        receiver.begin(slice)
        for input in inputs {
            for (index, member) in input.manifest.members.enumerated() {
                guard let first = member.minID?.rawValue, let last = member.maxID?.rawValue,
                    first < slice.upperBound, last >= slice.lowerBound
                else { continue }
                try scan.read(index, of: input, into: &receiver)
                if receiver.heldBytes > bytesMax, slice.count > 1 {
                    receiver.begin(0..<0)
                    return nil
                }
            }
        }
        return receiver.sorted()
    }

    /// The bytes of a copy that the last ``load(_:)`` returned; valid until the next.
    func withRecord<Result>(
        of copy: LoadedCopy, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try receiver.withRecord(of: copy, body)
    }
}

extension SegmentInput {
    /// Whether lines that are not records belong to the partition, wherever they stand.
    func needsEveryLine(in partition: Partition) -> Bool {
        let hour = manifest.hours.first { $0.hour == partition }
        return hour?.notices ?? 0 > 0
            || (manifest.name.homePartition == partition && manifest.unreadable > 0)
    }
}

/// Keeps the records of a slice, and writes everything else to the index at once.
private struct SliceReceiver: MemberScan.Receiver {
    private let index: IndexWriter
    private var slice: Range<Int64> = 0..<0
    private var copies: [LoadedCopy] = []
    private var arena: [UInt8] = []

    init(_ index: IndexWriter) {
        self.index = index
    }

    var heldBytes: Int { arena.count + copies.count * MemoryLayout<LoadedCopy>.stride }

    mutating func begin(_ slice: Range<Int64>) {
        self.slice = slice
        copies.removeAll(keepingCapacity: true)
        arena.removeAll(keepingCapacity: true)
    }

    mutating func record(
        _ id: TweetID, _ rank: CopyRank, _ input: SegmentInput, line: UnsafeRawBufferPointer,
        body: Range<Int>
    ) throws {
        guard slice.contains(id.rawValue) else { return }
        let body = UnsafeRawBufferPointer(rebasing: line[body])
        copies.append(
            LoadedCopy(
                id: id.rawValue, rank: rank, digest: RecordDigest.of(body), offset: arena.count,
                bytes: Int32(line.count), zoneBit: Int8(input.zoneBit)))
        arena.append(contentsOf: line)
    }

    mutating func notice(
        _ kind: NoticeKind, _ id: TweetID?, _ rank: CopyRank, _ input: SegmentInput,
        line: UnsafeRawBufferPointer
    ) throws {
        let time = input.manifest.arrivalTime(ofLine: Int(rank.line))
        try index.addNotice(rank, kind, id, at: time, line)
    }

    mutating func unreadable(
        _ reason: UnreadableReason, _ rank: CopyRank, _ input: SegmentInput,
        line: UnsafeRawBufferPointer
    ) throws {
        try index.addQuarantine(rank, reason, line)
    }

    mutating func sorted() -> [LoadedCopy] {
        copies.sort { ($0.id, $0.rank) < ($1.id, $1.rank) }
        return copies
    }

    func withRecord<Result>(
        of copy: LoadedCopy, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try arena.withUnsafeBytes { arena in
            let end = copy.offset + Int(copy.bytes)
            return try body(UnsafeRawBufferPointer(rebasing: arena[copy.offset..<end]))
        }
    }
}
