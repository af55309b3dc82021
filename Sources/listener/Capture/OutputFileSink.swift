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
    private let memory: StreamMemory?
    /// When it is next noted that the stream is heard; nil before it was.
    private var heardDue: ContinuousClock.Instant?
    /// Nil only between two files.
    private var current: LocalFile?
    private var writer = GzipMemberWriter(level: level)
    private var output: [UInt8] = []
    private var memberRaw = 0
    private var syncDue: ContinuousClock.Instant?

    private static let level = 6
    /// How much more than the gap of a restart may be asked for again.
    private static let heardInterval = Duration.seconds(10)

    /// - Parameters:
    ///   - memory: is told when the stream was heard.
    ///   - remark: is told of a file that was put aside.
    ///   - onPiece: is called while a file that is there is looked at; what it throws ends that.
    init(
        path: String, syncInterval: Duration, lineBytesMax: Int, memory: StreamMemory? = nil,
        remark: (StreamRemark) -> Void = { _ in }, onPiece: @escaping () throws -> Void = {}
    ) throws {
        self.path = path
        self.syncInterval = syncInterval
        self.memory = memory
        func mend(_ file: LocalFile) throws -> OutputFileRepair.Outcome {
            try OutputFileRepair(file, lineBytesMax: lineBytesMax, onPiece: onPiece).run()
        }
        // Locked first: to somebody else a file that a living listener writes looks torn.
        let file = try Self.open(path)
        current = file
        guard case .damaged(let offset) = try mend(file) else { return }
        let aside = Self.freeName(path + ".damaged")
        try LocalDirectory.rename(path, to: aside)
        let new = try Self.open(path)
        current = new
        // Lines that an earlier repair had in hand belong somewhere.
        _ = try mend(new)
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

    /// What is asked for again comes first, so that it takes a while until the stream counts as heard.
    func connected(_ opening: ConnectionOpening, at instant: ContinuousClock.Instant) throws {
        heardDue = instant + (opening.kind == .backfill ? ReconnectPolicy.survivalAge : .zero)
        heard(at: instant)
    }

    func heard(at instant: ContinuousClock.Instant) {
        guard let memory, let due = heardDue, due <= instant else { return }
        memory.noteHeard(at: .now)
        heardDue = instant + Self.heardInterval
    }

    func disconnected(cause: String) throws { heardDue = nil }

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
        if memberRaw > 0 { try endMember() } else if try file.bytes == 0 { try endEmptyMember() }
        try file.sync()
        syncDue = nil
    }

    /// A file of no bytes is not gzip. On a full disk it stays one: there is no line to lose.
    private func endEmptyMember() throws {
        do {
            try endMember()
        } catch let error as LocalFileError where error.code == .noSpace {
            output.removeAll(keepingCapacity: true)
        }
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
