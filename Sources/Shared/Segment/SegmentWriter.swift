/// An open segment: takes lines, makes them durable when asked, and is sealed in the end.
///
/// ```
/// member  = gzip header, deflate data with sync flushes, CRC-32, length
/// segment = member*            each of whole lines, closed at memberRawBytes or at sealing
/// ```
///
/// Lines that were appended are durable after the next ``sync(at:heard:)``, in the sense that
/// recovery finds them after a power loss. There is no clock in here: every time is passed in, and
/// times never go back. After any failure the writer is latched, and only recovery at the next start
/// may touch the files. Used from one thread.
package final class SegmentWriter {
    /// Members near this size compress as well as one stream would (4.23 against 4.25), and one is
    /// what a ranged read has to inflate.
    package static let memberRawBytes = 1 << 20

    /// zlib's level: 6 costs twice the time of libdeflate's 6 at the same ratio, but can flush.
    private static let level = 6

    package let header: SegmentHeader
    private let files: SegmentFiles
    private let journalFile: LocalFile
    private var dataFile: LocalFile?

    private var tally: SegmentTally
    private var summary = JournalSummary()
    private var rawDigest = DigestBuilder()
    private var objectDigest = DigestBuilder()
    private var rawBytes = 0
    /// Written to the data file.
    private var objectBytes = 0

    private var flushing = GzipMemberWriter(level: level)
    private var whole = MemberDeflater(level: level)
    /// Raw lines of the open member that were not deflated yet.
    private var pending: [UInt8] = []
    /// Deflated bytes that were not written yet.
    private var output: [UInt8] = []
    /// Bare LFs of the stream that became spaces in lines that were appended.
    private var lineFeeds = 0
    private var memberRaw = 0
    private var memberStart = 0
    /// Whether a part of the open member went through ``flushing``.
    private var isMemberBegun = false
    private var isLatched = false

    /// Creates the journal of a new segment in `directory`, synced.
    package init(_ header: SegmentHeader, in directory: String) throws {
        self.header = header
        files = SegmentFiles(directory: directory, name: header.name)
        tally = SegmentTally(home: header.name.homePartition)
        journalFile = try LocalFile.create(files.journal)
        pending.reserveCapacity(Self.memberRawBytes + Self.memberRawBytes / 8)
        try record(.begin(header))
        try journalFile.sync()
        try LocalDirectory.sync(directory)
    }

    package var lines: Int { tally.lines }
    package var notices: Int { tally.notices }

    /// Compressed bytes so far: what was written, and about what waits.
    package var estimatedBytes: Int { objectBytes + output.count + pending.count / 4 }

    /// - Parameter line: without its terminator, at least one byte and no LF.
    package func append(_ line: UnsafeRawBufferPointer, _ scanned: ScannedLine) throws {
        try guardLatch()
        assert(!line.contains(UInt8(ascii: "\n")), "a line holds no LF")
        pending.append(contentsOf: line)
        pending.append(UInt8(ascii: "\n"))
        memberRaw += line.count + 1
        tally.count(scanned)
        if memberRaw >= Self.memberRawBytes { try latching { try endMember() } }
    }

    /// Counts bare LFs that became spaces in the lines appended last.
    package func replacedLineFeeds(_ count: Int) {
        lineFeeds += count
    }

    /// Makes everything appended so far durable, and then says so in the journal.
    ///
    /// - Parameters:
    ///   - time: now.
    ///   - heard: when the last byte of the open connection came.
    package func sync(at time: Timestamp, heard: Timestamp?) throws {
        try guardLatch()
        try latching {
            flushPending()
            try writeOutput()
            try dataFile?.sync()
            try record(.sync(syncPoint(at: time, heard: heard)))
            try journalFile.sync()
        }
    }

    package func connectionOpened(_ connection: SegmentManifest.ConnectionFacts) throws {
        try note(.opened(connection))
    }

    /// - Parameter connection: the facts of the connection that was opened last, now complete.
    package func connectionClosed(_ connection: SegmentManifest.ConnectionFacts) throws {
        try note(.closed(connection))
    }

    package func clockMeasured(_ clock: SegmentManifest.ClockFacts) throws {
        try note(.clock(clock))
    }

    /// Counts a line that was too long to be stored and keeps its head for the quarantine.
    ///
    /// - Parameter bytes: how long the line was.
    package func appendOverlong(head: UnsafeRawBufferPointer, bytes: Int) throws {
        let number = (summary.overlong?.lines ?? 0) + 1
        let total = (summary.overlong?.bytes ?? 0) + bytes
        try guardLatch()
        try latching {
            let file = try LocalFile.replace(files.quarantined(number))
            try file.write(head)
            try file.sync()
        }
        try note(.overlong(SegmentManifest.OverlongFacts(lines: number, bytes: total)))
    }

    /// Ends the segment: see ``SegmentFiles`` for what is durable when.
    ///
    /// - Parameters:
    ///   - end: the moment up to which the segment stands for the stream.
    ///   - heard: when the last byte of the open connection came.
    ///   - latestIDTime: the dataset's bound for ids.
    ///   - salvage: where the lines are what could be had of a damaged file.
    /// - Returns: what was written beside the data.
    @discardableResult
    package func seal(
        at end: Timestamp, heard: Timestamp?, latestIDTime: Timestamp,
        salvage: SegmentManifest.SalvageFacts? = nil
    ) throws -> SegmentManifest {
        try guardLatch()
        return try latching {
            isLatched = true
            if memberRaw > 0 { try endMember() }
            try writeOutput()
            try dataFile?.sync()
            let last = max(end, header.name.start)
            summary.add(.sync(syncPoint(at: last, heard: heard)))
            let manifest = SegmentManifest(
                header: header, tally: tally, summary: summary,
                raw: SegmentManifest.RawFacts(bytes: rawBytes, sha256: rawDigest.digest),
                object: dataFile == nil ? nil : (objectBytes, objectDigest.digest), end: last,
                latestIDTime: latestIDTime, salvage: salvage)
            try files.publish(manifest, data: dataFile == nil ? nil : files.open)
            // A file that is open keeps its room on the disk after it was shipped and removed.
            dataFile = nil
            return manifest
        }
    }

    private func endMember() throws {
        if isMemberBegun {
            flushPending(isSync: false)
            flushing.finishMember(to: &output)
        } else {
            // The whole member is in hand: deflating it in one piece is twice as fast.
            digestRaw()
            pending.withUnsafeBytes { whole.deflate($0, to: &output) }
            pending.removeAll(keepingCapacity: true)
        }
        let end = objectBytes + output.count
        tally.endMember(bytes: end - memberStart, raw: memberRaw)
        memberStart = end
        memberRaw = 0
        isMemberBegun = false
        try writeOutput()
    }

    /// Deflates what waits, up to a flush point if `isSync`.
    private func flushPending(isSync: Bool = true) {
        guard !pending.isEmpty else { return }
        digestRaw()
        pending.withUnsafeBytes { flushing.append($0, to: &output) }
        if isSync { flushing.syncFlush(to: &output) }
        pending.removeAll(keepingCapacity: true)
        isMemberBegun = true
    }

    private func digestRaw() {
        pending.withUnsafeBytes { rawDigest.update($0) }
        rawBytes += pending.count
    }

    private func writeOutput() throws {
        guard !output.isEmpty else { return }
        let file = try dataFile ?? LocalFile.create(files.open)
        if dataFile == nil {
            dataFile = file
            try LocalDirectory.sync(files.directory)
        }
        try file.write(output)
        output.withUnsafeBytes { objectDigest.update($0) }
        objectBytes += output.count
        output.removeAll(keepingCapacity: true)
    }

    private func note(_ entry: JournalEntry) throws {
        try guardLatch()
        try latching { try record(entry) }
    }

    /// Writes an entry; durable with the next sync.
    private func record(_ entry: JournalEntry) throws {
        try journalFile.write(JSONDocument.encode(entry) + [UInt8(ascii: "\n")])
        summary.add(entry)
    }

    private func syncPoint(at time: Timestamp, heard: Timestamp?) -> JournalEntry.SyncPoint {
        JournalEntry.SyncPoint(
            ms: milliseconds(to: time), lines: tally.lines, bytes: objectBytes, heard: heard,
            lineFeeds: lineFeeds == 0 ? nil : lineFeeds)
    }

    private func milliseconds(to time: Timestamp) -> Int64 {
        max(0, time.milliseconds - header.name.start.milliseconds)
    }

    private func guardLatch() throws {
        guard !isLatched else {
            throw SegmentError(
                .latched, "segment \(header.name): is sealed, or an earlier write to it failed")
        }
    }

    private func latching<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            isLatched = true
            throw error
        }
    }
}
