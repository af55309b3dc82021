import Shared

/// Writes the canonical object of one partition to a local file: members of whole records, ascending.
/// Members are deflated meanwhile, and written in order.
struct CanonicalWriter: ~Copyable {
    struct Result {
        var count: Int
        var rawBytes: Int
        var rawDigest: ContentDigest
        var objectBytes: Int
        var objectDigest: ContentDigest
        var members: [CanonicalMember]
    }

    /// As in segments: what a ranged read of one record has to inflate.
    private static let memberRawBytes = SegmentWriter.memberRawBytes

    private let file: LocalFile
    private let deflation: MemberDeflation
    private var raw: [UInt8] = []
    /// Whose content was handed over, in order; those whose bytes are known come first.
    private var members: [CanonicalMember] = []
    private var membersWritten = 0
    private var firstID: Int64?
    private var lastID: Int64?
    private var memberLines = 0
    private var count = 0
    private var rawBytes = 0
    private var objectBytes = 0
    private var rawDigest = DigestBuilder()
    private var objectDigest = DigestBuilder()

    /// - Parameter path: is created or replaced.
    init(_ path: String, _ profile: CompressionProfile) throws {
        file = try LocalFile.replace(path)
        deflation = MemberDeflation(profile)
        raw.reserveCapacity(Self.memberRawBytes + Self.memberRawBytes / 8)
    }

    deinit {
        deflation.close()
    }

    /// - Precondition: `id` is greater than the last one.
    mutating func append(_ id: Int64, _ record: UnsafeRawBufferPointer) throws {
        precondition(lastID.map { $0 < id } ?? true, "\(id) does not follow \(lastID ?? 0)")
        raw.append(contentsOf: record)
        raw.append(UInt8(ascii: "\n"))
        firstID = firstID ?? id
        lastID = id
        memberLines += 1
        if raw.count >= Self.memberRawBytes { try endMember() }
    }

    /// Ends the object and syncs it.
    mutating func finish() throws -> Result {
        if memberLines > 0 || members.isEmpty { try endMember() }
        while deflation.underWay > 0 { try writeMember() }
        try file.sync()
        return Result(
            count: count, rawBytes: rawBytes, rawDigest: rawDigest.digest,
            objectBytes: objectBytes, objectDigest: objectDigest.digest, members: members)
    }

    private mutating func endMember() throws {
        Stage.digest.measure { raw.withUnsafeBytes { rawDigest.update($0) } }
        members.append(
            CanonicalMember(
                offset: 0, bytes: 0, raw: raw.count, lines: memberLines, crc32: 0,
                firstID: memberLines > 0 ? firstID : nil, lastID: memberLines > 0 ? lastID : nil))
        rawBytes += raw.count
        count += memberLines
        memberLines = 0
        firstID = nil
        deflation.submit(raw)
        raw = []
        if deflation.underWay > MemberDeflation.underWayMax { try writeMember() }
    }

    private mutating func writeMember() throws {
        var deflated = deflation.next()
        Stage.digest.measure { deflated.member.withUnsafeBytes { objectDigest.update($0) } }
        try file.write(deflated.member)
        members[membersWritten].offset = objectBytes
        members[membersWritten].bytes = deflated.member.count
        members[membersWritten].crc32 = GzipTrailer.crc32(of: deflated.member)
        membersWritten += 1
        objectBytes += deflated.member.count
        if raw.isEmpty {
            // Two owners would each have room of their own.
            swap(&raw, &deflated.raw)
            raw.removeAll(keepingCapacity: true)
        }
        deflation.giveBack(deflated.member)
    }
}
