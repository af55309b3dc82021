import Shared

/// The records of an existing canonical object, in order, read once.
final class CanonicalBase {
    private let subject: String
    private let reader: MemberReader
    private let scanner: RecordScanner
    private var raw: [UInt8] = []
    private var position = 0
    private var nextMember = 0
    private var lastID: Int64 = 0

    /// The record at hand; nil behind the last one.
    private(set) var id: Int64?
    private var line: Range<Int> = 0..<0

    /// - Parameter path: a local copy whose digest was checked.
    init(_ path: String, _ dataset: Dataset) throws {
        subject = path
        scanner = dataset.scanner
        reader = MemberReader(try LocalFile.read(path), rawBytesMax: dataset.limits.memberBytes)
        try advance()
    }

    func withRecord<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try raw.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[line])) }
    }

    func advance() throws {
        while position == raw.count {
            guard try readMember() else {
                id = nil
                return
            }
        }
        let found = raw.withUnsafeBytes { raw -> (TweetID, Int)? in
            var found: (TweetID, Int)?
            let rest = UnsafeRawBufferPointer(rebasing: raw[position...])
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
            if case .record(let id, _) = scanner.scan(line) { found = (id, position + end) }
            return found
        }
        guard let (found, end) = found, found.rawValue > lastID else {
            throw corrupt("holds a line that is no record, or out of order, after \(lastID)")
        }
        line = position..<end
        position = end + 1
        id = found.rawValue
        lastID = found.rawValue
    }

    private func readMember() throws -> Bool {
        let member = try reader.read(at: nextMember)
        if member.readTo == nextMember { return false }
        guard let end = member.end else { throw corrupt("does not inflate at \(nextMember)") }
        nextMember = end
        raw = member.raw
        position = 0
        return true
    }

    private func corrupt(_ problem: String) -> MergeError {
        MergeError(.cannotRebuild, "canonical object \(subject): \(problem)")
    }
}
