import Shared

/// Inflates members and tells what belongs to a partition. Used from one thread.
///
/// Buffers are reused, so nothing is allocated for a line.
final class MemberScan {
    private let partition: Partition
    private let limits: DatasetLimits
    private let pool: LineBufferPool
    private let scanner: RecordScanner
    private var inflater = MemberInflater()
    private var compressed: [UInt8] = []

    /// For the room that is set aside; more is made where lines are shorter.
    private static let lineBytesUsual = 2048

    init(_ partition: Partition, _ dataset: Dataset, pool: LineBufferPool) {
        self.partition = partition
        self.pool = pool
        limits = dataset.limits
        scanner = dataset.scanner
    }

    /// Reads one member.
    ///
    /// - Parameters:
    ///   - slice: the ids whose records are wanted.
    ///   - takesAsides: whether notices and unreadable lines of the partition are.
    /// - Throws: `falseManifest` where the member is not what the manifest says of it.
    func read(
        _ member: Int, of input: SegmentInput, slice: Range<Int64>, takesAsides: Bool
    ) throws -> MemberReading {
        let lines = try inflate(member, of: input)
        return try Stage.scan.measure(bytes: lines.count) {
            try scan(lines, member, of: input, slice: slice, takesAsides: takesAsides)
        }
    }

    /// Reads one member for the lines of copies that were found in it.
    func read(
        _ member: Int, of input: SegmentInput, knowing copies: [LoadedCopy]
    ) throws -> MemberReading {
        MemberReading(lines: try inflate(member, of: input), copies: copies)
    }

    private func scan(
        _ buffer: LineBuffer, _ member: Int, of input: SegmentInput, slice: Range<Int64>,
        takesAsides: Bool
    ) throws -> MemberReading {
        let facts = input.manifest.members[member]
        var reading = MemberReading(lines: buffer)
        let bound = input.manifest.lastPlausiblePartition(latestIDTime: limits.latestIDTime)
        let isHome = input.manifest.name.homePartition == partition
        var lines = 0
        var ids: ClosedRange<TweetID>?
        reading.copies.reserveCapacity(buffer.count / Self.lineBytesUsual)
        let end = buffer.withLine(0..<buffer.count) { raw in
            RawLines.forEach(in: raw) { line, offset in
                let rank = input.rank(member: member, lineIndex: lines)
                lines += 1
                let kind: MemberReading.Aside.Kind
                switch scanner.scan(line) {
                case .record(let id, let body) where id.partition <= bound:
                    ids = ids.map { min($0.lowerBound, id)...max($0.upperBound, id) } ?? id...id
                    guard id.partition == partition else { return }
                    reading.records += 1
                    guard slice.contains(id.rawValue) else { return }
                    let body = UnsafeRawBufferPointer(rebasing: line[body])
                    reading.copies.append(
                        LoadedCopy(
                            id: id.rawValue, rank: rank, digest: RecordDigest.of(body),
                            offset: Int32(offset), bytes: Int32(line.count),
                            zoneBit: Int8(input.zoneBit)))
                    return
                case .record:
                    guard isHome else { return }
                    kind = .unreadable(.implausibleID)
                case .notice(let notice, let id):
                    let plausible = id.flatMap { $0.partition <= bound ? $0 : nil }
                    guard plausible.map({ $0.partition == partition }) ?? isHome else { return }
                    kind = .notice(notice, plausible)
                case .unreadable(let reason):
                    guard isHome else { return }
                    kind = .unreadable(reason)
                }
                guard takesAsides else { return }
                let range = offset..<offset + line.count
                reading.asides.append(MemberReading.Aside(kind: kind, rank: rank, range: range))
            }
        }
        guard end == buffer.count, lines == facts.lines, ids?.lowerBound == facts.minID,
            ids?.upperBound == facts.maxID
        else {
            throw input.falseManifest(
                """
                member \(member) holds \(lines) lines, not \(facts.lines), or other ids than \
                \(facts.minID?.description ?? "none") to \(facts.maxID?.description ?? "none")
                """)
        }
        return reading
    }

    private func inflate(_ member: Int, of input: SegmentInput) throws -> LineBuffer {
        let facts = input.manifest.members[member]
        return try Stage.inflate.measure(bytes: facts.raw) {
            try inflate(facts, member, of: input)
        }
    }

    private func inflate(
        _ facts: SegmentManifest.MemberFacts, _ member: Int, of input: SegmentInput
    ) throws -> LineBuffer {
        guard facts.raw <= limits.memberBytes,
            facts.raw
                <= facts.bytes.multipliedReportingOverflow(by: limits.inflationRatio).partialValue
        else {
            throw input.falseManifest(
                "member \(member) inflates from \(facts.bytes) to \(facts.raw) bytes, which is too much"
            )
        }
        let bytes = try input.read(member, into: &compressed)
        var lines = pool.take(facts.raw)
        do throws(GzipError) {
            let result = compressed.withUnsafeBytes { compressed in
                lines.bytes.withUnsafeMutableBytes { output in
                    Result { () throws(GzipError) in
                        try inflater.inflate(
                            UnsafeRawBufferPointer(rebasing: compressed[..<bytes]),
                            into: UnsafeMutableRawBufferPointer(rebasing: output[..<facts.raw]))
                    }
                }
            }
            try result.get()
        } catch {
            throw input.falseManifest("member \(member) at \(facts.offset)", cause: error)
        }
        return lines
    }
}
