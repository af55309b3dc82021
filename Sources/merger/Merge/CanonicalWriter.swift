import Shared

/// Writes the canonical object of one partition to a local file: members of whole records, ascending.
struct CanonicalWriter: ~Copyable {
    /// One member, as the table `member` has it.
    struct Member {
        var offset: Int
        var bytes: Int
        var raw: Int
        var lines: Int
        var firstID: Int64?
        var lastID: Int64?
        var crc32: UInt32
    }

    struct Result {
        var count: Int
        var rawBytes: Int
        var rawDigest: ContentDigest
        var objectBytes: Int
        var objectDigest: ContentDigest
        var members: [Member]
    }

    /// As in segments: what a ranged read of one record has to inflate.
    private static let memberRawBytes = SegmentWriter.memberRawBytes

    private let file: LocalFile
    private var deflater: MemberDeflater
    private var raw: [UInt8] = []
    private var output: [UInt8] = []
    private var members: [Member] = []
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
        deflater = MemberDeflater(profile: profile)
        raw.reserveCapacity(Self.memberRawBytes + Self.memberRawBytes / 8)
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
        try file.sync()
        return Result(
            count: count, rawBytes: rawBytes, rawDigest: rawDigest.digest,
            objectBytes: objectBytes, objectDigest: objectDigest.digest, members: members)
    }

    private mutating func endMember() throws {
        raw.withUnsafeBytes { raw in
            rawDigest.update(raw)
            deflater.deflate(raw, to: &output)
        }
        output.withUnsafeBytes { objectDigest.update($0) }
        try file.write(output)
        members.append(
            Member(
                offset: objectBytes, bytes: output.count, raw: raw.count, lines: memberLines,
                firstID: memberLines > 0 ? firstID : nil, lastID: memberLines > 0 ? lastID : nil,
                crc32: GzipTrailer.crc32(of: output)))
        objectBytes += output.count
        rawBytes += raw.count
        count += memberLines
        raw.removeAll(keepingCapacity: true)
        output.removeAll(keepingCapacity: true)
        memberLines = 0
        firstID = nil
    }
}
