import Shared

/// Inflates members and tells what belongs to a partition.
///
/// Buffers are reused, so nothing is allocated for a line.
final class MemberScan {
    /// Where the lines of a member go that belong to the partition.
    protocol Receiver {
        mutating func record(
            _ id: TweetID, _ rank: CopyRank, _ input: SegmentInput,
            line: UnsafeRawBufferPointer, body: Range<Int>) throws
        mutating func notice(
            _ kind: NoticeKind, _ id: TweetID?, _ rank: CopyRank, _ input: SegmentInput,
            line: UnsafeRawBufferPointer) throws
        mutating func unreadable(
            _ reason: UnreadableReason, _ rank: CopyRank, _ input: SegmentInput,
            line: UnsafeRawBufferPointer) throws
    }

    private let partition: Partition
    private let limits: DatasetLimits
    private let scanner: RecordScanner
    private var inflater = MemberInflater()
    private var buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: SegmentWriter.memberRawBytes, alignment: 16)

    init(_ partition: Partition, _ dataset: Dataset) {
        self.partition = partition
        limits = dataset.limits
        scanner = dataset.scanner
    }

    deinit {
        buffer.deallocate()
    }

    /// Reads one member and hands its lines on. Records of the partition are handed on every time;
    /// notices and unreadable lines only the first time the member is read.
    ///
    /// - Throws: `falseManifest` where the member is not what the manifest says of it.
    func read(
        _ member: Int, of input: SegmentInput, into receiver: inout some Receiver
    ) throws {
        let raw = try inflate(member, of: input)
        let isFirst = !input.isVisited(member)
        let bound = input.manifest.lastPlausiblePartition(latestIDTime: limits.latestIDTime)
        let home = input.manifest.name.homePartition
        var lines = 0
        var ids: ClosedRange<TweetID>?
        let end = try RawLines.forEach(in: raw) { line, _ in
            let rank = input.rank(member: member, lineIndex: lines)
            lines += 1
            switch scanner.scan(line) {
            case .record(let id, let body):
                guard id.partition <= bound else {
                    guard isFirst, home == partition else { return }
                    input.countQuarantined()
                    return try receiver.unreadable(.implausibleID, rank, input, line: line)
                }
                ids = ids.map { min($0.lowerBound, id)...max($0.upperBound, id) } ?? id...id
                guard id.partition == partition else { return }
                if isFirst { input.countRecord() }
                try receiver.record(id, rank, input, line: line, body: body)
            case .notice(let kind, let id):
                let plausible = id.flatMap { $0.partition <= bound ? $0 : nil }
                guard isFirst, plausible?.partition ?? home == partition else { return }
                input.countNotice()
                try receiver.notice(kind, plausible, rank, input, line: line)
            case .unreadable(let reason):
                guard isFirst, home == partition else { return }
                input.countQuarantined()
                try receiver.unreadable(reason, rank, input, line: line)
            }
        }
        try check(member, of: input, lines: lines, ids: ids, isWhole: end == raw.count)
        input.markVisited(member)
    }

    private func inflate(_ member: Int, of input: SegmentInput) throws -> UnsafeRawBufferPointer {
        let facts = input.manifest.members[member]
        guard facts.raw <= limits.memberBytes,
            facts.raw
                <= facts.bytes.multipliedReportingOverflow(by: limits.inflationRatio).partialValue
        else {
            throw input.falseManifest(
                "member \(member) inflates from \(facts.bytes) to \(facts.raw) bytes, which is too much"
            )
        }
        if buffer.count < facts.raw {
            buffer.deallocate()
            buffer = .allocate(byteCount: facts.raw, alignment: 16)
        }
        let output = UnsafeMutableRawBufferPointer(rebasing: buffer[..<facts.raw])
        let compressed = try input.compressed(member)
        do throws(GzipError) {
            let result = compressed.withUnsafeBytes { bytes in
                Result { () throws(GzipError) in try inflater.inflate(bytes, into: output) }
            }
            try result.get()
        } catch {
            throw input.falseManifest("member \(member) at \(facts.offset)", cause: error)
        }
        return UnsafeRawBufferPointer(output)
    }

    private func check(
        _ member: Int, of input: SegmentInput, lines: Int, ids: ClosedRange<TweetID>?,
        isWhole: Bool
    ) throws {
        let facts = input.manifest.members[member]
        guard isWhole, lines == facts.lines, ids?.lowerBound == facts.minID,
            ids?.upperBound == facts.maxID
        else {
            throw input.falseManifest(
                """
                member \(member) holds \(lines) lines, not \(facts.lines), or other ids than \
                \(facts.minID?.description ?? "none") to \(facts.maxID?.description ?? "none")
                """)
        }
    }
}
