import Shared

/// Writes captured lines to one growing gzip file, the seed's way: logrotate renames it and sends
/// SIGHUP, and from then on nothing is in the renamed file that is not whole.
///
/// There is no manifest and nothing is shipped. A file that an earlier run left is gone on with: it
/// gets further members, after a torn one at its end was cut off at its last whole line. One that
/// cannot be read before its end is put aside.
final class OutputFileSink: LineSink {
    private let path: String
    private let syncInterval: Duration
    /// Nil only between two files.
    private var current: LocalFile?
    private var writer = GzipMemberWriter(level: level)
    private var output: [UInt8] = []
    private var memberRaw = 0
    private var syncDue: ContinuousClock.Instant?

    private static let level = 6

    /// - Parameter remark: is told of a file that was put aside.
    init(
        path: String, syncInterval: Duration, lineBytesMax: Int,
        remark: (StreamRemark) -> Void = { _ in }
    ) throws {
        self.path = path
        self.syncInterval = syncInterval
        // Locked first: to somebody else a file that a living listener writes looks torn.
        let file = try Self.open(path)
        current = file
        guard
            case .damaged(let offset) = try OutputFileRepair(file, lineBytesMax: lineBytesMax).run()
        else { return }
        let aside = Self.freeName(path + ".damaged")
        try LocalDirectory.rename(path, to: aside)
        current = try Self.open(path)
        remark(
            StreamRemark(
                isWarning: true, isAlarm: true,
                message: "\(path): is no gzip from offset \(offset) on: it is now \(aside)"))
    }

    private static func freeName(_ name: String) -> String {
        var free = name
        var number = 1
        while LocalDirectory.exists(free) {
            number += 1
            free = "\(name)-\(number)"
        }
        return free
    }

    private var file: LocalFile {
        guard let current else { preconditionFailure("\(path): was not opened again") }
        return current
    }

    private static func open(_ path: String) throws -> LocalFile {
        let file = try LocalFile.append(path)
        guard try file.lockExclusively() else {
            throw SpoolError(.locked, "\(path): another listener writes to it")
        }
        return file
    }

    func append(_ line: UnsafeRawBufferPointer, _ scanned: ScannedLine) throws {
        writer.append(line, to: &output)
        withUnsafeBytes(of: UInt8(ascii: "\n")) { writer.append($0, to: &output) }
        memberRaw += line.count + 1
        if memberRaw >= SegmentWriter.memberRawBytes { try endMember() }
        if syncDue == nil { syncDue = Self.syncDue(within: syncInterval) }
    }

    /// Kept beside, since nothing that arrived may be dropped without a trace.
    func appendOverlong(head: UnsafeRawBufferPointer, bytes: Int) throws {
        let rest = try LocalFile.append(path + ".overlong")
        try rest.write(head)
        try rest.write([UInt8(ascii: "\n")])
        try rest.sync()
    }

    /// There is no manifest to count them in.
    func replacedLineFeeds(_ count: Int) {}

    func connected(_ opening: ConnectionOpening, at instant: ContinuousClock.Instant) throws {}

    func heard(at instant: ContinuousClock.Instant) {}

    func disconnected(cause: String) throws {}

    var nextDue: ContinuousClock.Instant? { syncDue }

    func doDueWork(at instant: ContinuousClock.Instant) throws {
        guard let due = syncDue, due <= instant else { return }
        // A flush where nothing waits would begin a member that nobody ends.
        if memberRaw > 0 {
            writer.syncFlush(to: &output)
            try write()
        }
        try file.sync()
        syncDue = nil
    }

    func rotate(at instant: ContinuousClock.Instant) throws {
        try finish(at: instant)
        // Where nobody renamed the file it is the same one, and its lock must be free.
        current = nil
        current = try Self.open(path)
        if let directory = LocalDirectory.parent(of: path) { try LocalDirectory.sync(directory) }
    }

    func pause(at instant: ContinuousClock.Instant) throws { try finish(at: instant) }

    func resume(at instant: ContinuousClock.Instant) {}

    /// The file says nothing of where its lines come from.
    func select(
        _ source: SegmentManifest.SourceFacts, at instant: ContinuousClock.Instant
    ) throws {}

    func finish(at instant: ContinuousClock.Instant) throws {
        // A file of no bytes is not gzip: one without lines has an empty member.
        if try memberRaw > 0 || file.bytes == 0 { try endMember() }
        try file.sync()
        syncDue = nil
    }

    private func endMember() throws {
        writer.finishMember(to: &output)
        memberRaw = 0
        try write()
    }

    private func write() throws {
        try file.write(output)
        output.removeAll(keepingCapacity: true)
    }
}
