import Shared

/// Writes captured lines to segments in the spool: one open segment at a time, synced at intervals,
/// rotated by policy.
///
/// The chain of segments has no holes: each stands for the span from the moment the one before it
/// was sealed, whether lines came or not.
final class SegmentSink: LineSink {
    struct Configuration {
        var stream: String
        var zone: Zone
        var instance = ListenerInstance.random()
        var source: SegmentManifest.SourceFacts
        var rotation: RotationPolicy
        var syncInterval: Duration
        var limits: DatasetLimits
    }

    private var configuration: Configuration
    private let spool: Spool
    /// Told of each segment that was sealed.
    private let sealed: (SegmentManifest) -> Void
    private let status: ListenerStatus

    private var writer: SegmentWriter
    private var clock: SteadyClock
    private var sequence = 0
    private var connection: SegmentManifest.ConnectionFacts?
    private var connectionCount = 0
    private var clockFacts = SegmentManifest.ClockFacts(offsetMs: 0, basis: .unchecked)
    private var lastHeard: ContinuousClock.Instant?
    /// When what was appended since the last sync must be synced.
    private var syncDue: ContinuousClock.Instant?
    private var wasOpenedByRequest = false
    /// The last segment is sealed and the next not opened yet.
    private var isPaused = false

    init(
        _ configuration: Configuration, spool: Spool, status: ListenerStatus = ListenerStatus(),
        sealed: @escaping (SegmentManifest) -> Void
    ) throws {
        self.configuration = configuration
        self.spool = spool
        self.sealed = sealed
        self.status = status
        clock = SteadyClock()
        writer = try Self.open(configuration, sequence: 0, clock.start, spool)
        status.recent.select(configuration.source.selection, at: clock.start)
    }

    private static func open(
        _ configuration: Configuration, sequence: Int, _ start: Timestamp, _ spool: Spool
    ) throws -> SegmentWriter {
        let name = SegmentName(
            start: start, instance: configuration.instance, sequence: sequence)
        let header = SegmentHeader(
            stream: configuration.stream, zone: configuration.zone, name: name,
            software: ListenerProgram.software, source: configuration.source)
        let writer = try SegmentWriter(header, in: spool.directory)
        spool.room.opened(spool.files(of: name))
        return writer
    }

    // MARK: Lines and connections

    func append(_ line: UnsafeRawBufferPointer, _ scanned: ScannedLine) throws {
        try writer.append(line, scanned)
        scheduleSync()
    }

    func appendOverlong(head: UnsafeRawBufferPointer, bytes: Int) throws {
        try writer.appendOverlong(head: head, bytes: bytes)
        scheduleSync()
    }

    func replacedLineFeeds(_ count: Int) {
        writer.replacedLineFeeds(count)
    }

    func connected(_ opening: ConnectionOpening, at instant: ContinuousClock.Instant) throws {
        connectionCount += 1
        let now = clock.time(at: instant)
        let covers =
            opening.backfill.map {
                SegmentManifest.ReceivedSpan(first: now.advanced(by: .zero - $0), last: now)
            } ?? opening.recovers
        let facts = SegmentManifest.ConnectionFacts(
            id: "\(configuration.instance.hex)-\(connectionCount)", from: now, to: now,
            kind: opening.kind,
            covers: covers)
        connection = facts
        lastHeard = instant
        if let offset = opening.clockOffset {
            clockFacts = SegmentManifest.ClockFacts(
                offsetMs: offset.wholeMilliseconds, basis: .dateHeader)
            try writer.clockMeasured(clockFacts)
        }
        try writer.connectionOpened(facts)
        scheduleSync()
    }

    func heard(at instant: ContinuousClock.Instant) {
        lastHeard = instant
        scheduleSync()
    }

    func disconnected(cause: String) throws {
        guard var facts = connection else { return }
        facts.to = max(facts.from, heardTime ?? facts.from)
        facts.cause = cause
        connection = nil
        // While paused the piece that was sealed stands as it is: it ends with the last byte.
        if isPaused { return }
        try writer.connectionClosed(facts)
        scheduleSync()
    }

    private var heardTime: Timestamp? {
        connection == nil ? nil : lastHeard.map { clock.time(at: $0) }
    }

    // MARK: Time

    var nextDue: ContinuousClock.Instant? {
        let deadline = configuration.rotation.deadline(openedAt: clock.start)
        let rotation = clock.instant(of: deadline)
        return syncDue.map { min($0, rotation) } ?? rotation
    }

    func doDueWork(at instant: ContinuousClock.Instant) throws {
        if isPaused { return }
        let now = clock.time(at: instant)
        status.activeSegment(bytes: writer.estimatedBytes)
        let isRotationDue = configuration.rotation.isDue(
            openedAt: clock.start, estimatedBytes: writer.estimatedBytes, now: now)
        if isRotationDue {
            try replaceSegment(at: instant)
            wasOpenedByRequest = false
        } else if let due = syncDue, due <= instant {
            try writer.sync(at: now, heard: heardTime)
            syncDue = nil
        }
    }

    /// Requests that follow each other faster than lines come make no further empty segments.
    func rotate(at instant: ContinuousClock.Instant) throws {
        guard !isPaused, !wasOpenedByRequest || writer.lines > 0 else { return }
        try replaceSegment(at: instant)
        wasOpenedByRequest = true
    }

    func pause(at instant: ContinuousClock.Instant) throws {
        try seal(at: clock.time(at: instant))
        isPaused = true
    }

    /// Time between the two segments belongs to neither: nobody listened.
    func resume(at instant: ContinuousClock.Instant) throws {
        try openNext(after: clock.time(at: instant))
        isPaused = false
    }

    func select(
        _ source: SegmentManifest.SourceFacts, at instant: ContinuousClock.Instant
    ) throws {
        guard source != configuration.source else { return }
        configuration.source = source
        try replaceSegment(at: instant)
        status.recent.select(source.selection, at: clock.start)
        wasOpenedByRequest = false
    }

    func finish(at instant: ContinuousClock.Instant) throws {
        if isPaused { return }
        try seal(at: clock.time(at: instant))
    }

    private func scheduleSync() {
        if syncDue == nil { syncDue = Self.syncDue(within: configuration.syncInterval) }
    }

    private func replaceSegment(at instant: ContinuousClock.Instant) throws {
        let end = clock.time(at: instant)
        try seal(at: end)
        try openNext(after: end)
    }

    private func openNext(after end: Timestamp) throws {
        sequence += 1
        clock = SteadyClock(continuing: end)
        writer = try Self.open(configuration, sequence: sequence, clock.start, spool)
        if clockFacts.basis != .unchecked { try writer.clockMeasured(clockFacts) }
        if var facts = connection {
            facts.from = clock.start
            facts.to = clock.start
            connection = facts
            try writer.connectionOpened(facts)
        }
    }

    private func seal(at end: Timestamp) throws {
        let manifest = try writer.seal(
            at: end, heard: heardTime, latestIDTime: configuration.limits.latestIDTime)
        syncDue = nil
        spool.room.sealed()
        sealed(manifest)
    }
}
