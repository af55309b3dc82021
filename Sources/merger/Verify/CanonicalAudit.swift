import Shared

/// Compares every byte of a canonical object with its index: the records that are there are those
/// that should be, each where the table `member` has it, and none is of a deleted tweet.
struct CanonicalAudit {
    private let index: PartitionIndex
    private let dataset: Dataset

    private(set) var problems: [String] = []
    private(set) var tweets = 0

    /// More are not told: where one record is another, all behind it may be.
    private static let problemsMax = 20

    init(_ index: PartitionIndex, _ dataset: Dataset) {
        self.index = index
        self.dataset = dataset
    }

    /// - Parameter path: a copy of the object, as the store gave it.
    mutating func run(_ path: String) throws {
        let (digest, size) = try ContentDigest.ofFile(path)
        guard digest == (try index.wanted()) else {
            return note("canonical object has SHA-256 \(digest), which the index does not want")
        }
        let file = try LocalFile.read(path)
        let reader = MemberReader(file, rawBytesMax: dataset.limits.memberBytes)
        let rows = try index.database.prepare(
            """
            SELECT id, digest FROM tweet WHERE NOT EXISTS (SELECT 1 FROM deletion, partition
                WHERE deletion.id = tweet.id AND honoursDeletions) ORDER BY id
            """)
        let deleted = dataset.deletions == .honour ? try index.deletedIDs() : []
        var members = try index.members()[...]
        var raw = DigestBuilder()
        var rawBytes = 0
        var offset = 0
        while offset < size {
            let member = try reader.read(at: offset)
            guard let end = member.end else {
                return note("canonical object does not inflate at \(offset)")
            }
            member.raw.withUnsafeBytes { raw.update($0) }
            rawBytes += member.raw.count
            let found = records(member.raw)
            if let id = found.first(where: { deleted.contains($0.id) })?.id {
                note("tweet \(id) is deleted, and its record is in the canonical object")
            }
            let trailer = try file.read(offset..<end)
            let facts = CanonicalMember(
                offset: offset, bytes: end - offset, raw: member.raw.count, lines: found.count,
                crc32: GzipTrailer.crc32(of: trailer), firstID: found.first?.id,
                lastID: found.last?.id)
            if members.popFirst() != facts {
                note("the member at \(offset) is another one than table member has")
            }
            tweets += found.count
            try compare(found, with: rows)
            offset = end
        }
        if !members.isEmpty { note("table member has \(members.count) members too many") }
        if try rows.step() { note("tweet \(rows.integer(0)) has a row and no record") }
        try compareTotals(raw.digest, rawBytes, size)
    }

    private mutating func note(_ problem: String) {
        if problems.count < Self.problemsMax { problems.append(problem) }
    }

    /// A line that is no record has no place in the object; it lacks in the count of its member.
    private func records(_ raw: [UInt8]) -> [(id: Int64, digest: Int64)] {
        let scanner = dataset.scanner
        var found: [(id: Int64, digest: Int64)] = []
        raw.withUnsafeBytes { raw in
            _ = RawLines.forEach(in: raw) { line, _ in
                guard case .record(let id, let body) = scanner.scan(line) else { return }
                let digest = RecordDigest.of(UnsafeRawBufferPointer(rebasing: line[body]))
                found.append((id.rawValue, digest))
            }
        }
        return found
    }

    private mutating func compare(
        _ found: [(id: Int64, digest: Int64)], with rows: Statement
    ) throws {
        for (id, digest) in found {
            guard try rows.step(), rows.integer(0) == id else {
                return note("record \(id) is not where the index has it")
            }
            if rows.integer(1) != digest { note("record \(id) has another digest") }
        }
    }

    private mutating func compareTotals(
        _ raw: ContentDigest, _ rawBytes: Int, _ bytes: Int
    ) throws {
        let statement = try index.database.prepare(
            "SELECT count, rawSHA256, rawBytes, objectBytes, honoursDeletions FROM partition")
        guard try statement.step() else { return note("table partition is empty") }
        if Int(statement.integer(0)) != tweets {
            note("says \(statement.integer(0)) records, has \(tweets)")
        }
        if statement.text(1) != raw.hex { note("canonical bytes have another SHA-256") }
        if Int(statement.integer(2)) != rawBytes { note("has \(rawBytes) canonical bytes") }
        if Int(statement.integer(3)) != bytes { note("canonical object has \(bytes) bytes") }
        if (statement.integer(4) != 0) != (dataset.deletions == .honour) {
            note("says otherwise than the dataset whether deletions are honoured")
        }
        if try statement.step() { note("table partition has more than one row") }
    }
}

extension PartitionIndex {
    fileprivate func deletedIDs() throws -> Set<Int64> {
        let statement = try database.prepare("SELECT id FROM deletion")
        var ids: Set<Int64> = []
        while try statement.step() { ids.insert(statement.integer(0)) }
        return ids
    }
}
