/// Saves the whole lines of a segment that was not sealed.
///
/// Whole members are copied as they are. Of the torn one at the end, what inflates is cut at its
/// last line and deflated again as a proper member.
struct SegmentSalvage {
    private let source: LocalFile
    private let target: LocalFile
    private let reader: MemberReader
    private let syncedBytes: Int

    private(set) var tally: SegmentTally
    private(set) var facts = SegmentManifest.SalvageFacts(records: 0, bytesLost: 0)
    /// Whether the source is more than cut off: bytes behind the damage may hold lines.
    private(set) var isDamaged = false
    private(set) var rawBytes = 0
    private(set) var objectBytes = 0
    private var rawDigest = DigestBuilder()
    private var objectDigest = DigestBuilder()
    private let scanner: RecordScanner

    private static let level = 6

    /// - Parameters:
    ///   - home: the segment's home partition.
    ///   - syncedBytes: of the source, by the journal's last sync point.
    ///   - lineBytesMax: a member never holds more than one line of this size behind
    ///     ``SegmentWriter/memberRawBytes``.
    init(
        from source: LocalFile, to target: LocalFile, home: Partition, syncedBytes: Int,
        lineBytesMax: Int, scanner: RecordScanner
    ) {
        self.source = source
        self.scanner = scanner
        self.target = target
        self.syncedBytes = syncedBytes
        reader = MemberReader(
            source, rawBytesMax: SegmentWriter.memberRawBytes + lineBytesMax + 1)
        tally = SegmentTally(home: home)
    }

    var raw: SegmentManifest.RawFacts {
        SegmentManifest.RawFacts(bytes: rawBytes, sha256: rawDigest.digest)
    }

    var object: (bytes: Int, digest: ContentDigest)? {
        objectBytes > 0 ? (objectBytes, objectDigest.digest) : nil
    }

    /// Reads the source to its end or to the first byte that does not inflate, and syncs the target.
    mutating func run() throws(LocalFileError) {
        let size = try source.bytes
        var offset = 0
        while offset < size {
            let member = try reader.read(at: offset)
            guard let end = member.end else {
                isDamaged = member.failure != nil
                let rest = isDamaged ? try readSynced(at: offset) : member
                try saveTorn(rest.raw, unread: size - rest.readTo)
                break
            }
            let compressed = try source.read(offset..<end)
            count(member.raw)
            try append(member: compressed, raw: member.raw)
            offset = end
        }
        try target.sync()
    }

    /// What inflates near damage may be wrong without any sign of it, so of a damaged member only
    /// what the journal says was synced is believed, and only if that is intact.
    private func readSynced(at offset: Int) throws(LocalFileError) -> ReadMember {
        let synced = try reader.read(at: offset, upTo: max(offset, syncedBytes))
        return synced.failure == nil ? synced : ReadMember(readTo: offset)
    }

    private mutating func saveTorn(_ raw: [UInt8], unread: Int) throws(LocalFileError) {
        let linesBefore = tally.lines
        let whole = count(raw)
        facts.bytesLost = raw.count - whole + unread
        guard whole > 0 else { return }
        var deflater = MemberDeflater(level: Self.level)
        var member: [UInt8] = []
        raw.withUnsafeBytes { raw in
            deflater.deflate(UnsafeRawBufferPointer(rebasing: raw[..<whole]), to: &member)
        }
        try append(member: member, raw: Array(raw[..<whole]))
        facts.records = tally.lines - linesBefore
    }

    /// - Returns: how many bytes of `raw` are whole lines.
    @discardableResult
    private mutating func count(_ raw: [UInt8]) -> Int {
        raw.withUnsafeBytes { raw in
            RawLines.forEach(in: raw) { line, _ in tally.count(scanner.scan(line)) }
        }
    }

    private mutating func append(member: [UInt8], raw: [UInt8]) throws(LocalFileError) {
        try target.write(member)
        member.withUnsafeBytes { objectDigest.update($0) }
        raw.withUnsafeBytes { rawDigest.update($0) }
        objectBytes += member.count
        rawBytes += raw.count
        tally.endMember(bytes: member.count, raw: raw.count)
    }
}
