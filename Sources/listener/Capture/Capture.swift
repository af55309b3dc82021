import Shared

/// The loop of the capture thread: bytes from the source, lines to the sink.
///
/// Nothing in it waits for anything but the source and the local disk.
final class Capture {
    private let source: any StreamSource
    private let sink: any LineSink
    private let control: CaptureControl
    private let remark: (StreamRemark) -> Void
    private let metrics: ListenerMetrics
    private let heartbeat: CaptureHeartbeat?
    private var gate: RoomGate?
    private let scanner: RecordScanner
    private var framer: LineFramer
    /// Of the source's buffer, as far as it was counted.
    private var timesFull = 0

    /// How many lengths the log knows to have been wrong, and when it may be told of more.
    private var mismatchesSaid = 0
    private var mismatchesSayable = ContinuousClock.now
    /// Of the request that the source was told to make in place of the one before.
    private var replacement: SegmentManifest.SourceFacts?

    /// How long the loop sleeps at most where nothing is due.
    private static let idleMax = Duration.seconds(1)

    init(
        source: any StreamSource, terminator: LineFramer.Terminator, lineBytesMax: Int,
        scanner: RecordScanner = RecordScanner(), sink: any LineSink, control: CaptureControl,
        gate: RoomGate? = nil, metrics: ListenerMetrics = ListenerMetrics(),
        heartbeat: CaptureHeartbeat? = nil,
        remark: @escaping (StreamRemark) -> Void
    ) {
        self.source = source
        self.scanner = scanner
        self.sink = sink
        self.control = control
        self.gate = gate
        self.remark = remark
        self.metrics = metrics
        self.heartbeat = heartbeat
        framer = LineFramer(terminator: terminator, lineBytesMax: lineBytesMax)
    }

    /// Runs until the stream is over or somebody asks to stop, then makes everything whole.
    ///
    /// - Throws: what the source or the disk could not go on after. After a failure of the source
    ///   everything is whole; after one of the disk, recovery at the next start sees to it.
    func run() throws {
        defer { source.close() }
        while true {
            let now = ContinuousClock.now
            heartbeat?.tick(at: now)
            try sink.doDueWork(at: now)
            if control.isStopAsked {
                return try finish(cause: SegmentManifest.Cause.stopped)
            }
            if control.takeRotation() { try sink.rotate(at: now) }
            if let nextLook = try pauseIfFull(at: now) {
                source.rest(until: nextLook)
                continue
            }
            if let change = control.takeChange() { try follow(change, at: now) }
            let deadline = now.advanced(by: Self.idleMax)
            switch source.next(until: sink.nextDue.map { min($0, deadline) } ?? deadline) {
            case .idle, .woken:
                break
            case .connected(let opening):
                try begin(opening)
            case .bytes:
                try deliver()
            case .disconnected(let cause):
                try end(cause: cause)
            case .replaced:
                try replacement.map { try sink.select($0, at: .now) }
                replacement = nil
            case .remark(let text):
                if let reason = text.reconnect { metrics.reconnects(because: reason) }
                remark(text)
            case .ended:
                // The end of a pipe ends its last line.
                try framer.finish(accept)
                return try finish(cause: "the end of the input")
            case .failed(let error):
                try finish(cause: "\(error)")
                throw error
            }
        }
    }

    /// - Returns: when to look again, while there is no room.
    private func pauseIfFull(at now: ContinuousClock.Instant) throws -> ContinuousClock.Instant? {
        switch gate?.look(at: now) {
        case .pause: try sink.pause(at: now)
        case .resume: try sink.resume(at: now)
        case nil: break
        }
        return gate.flatMap { $0.isPaused ? $0.nextLook : nil }
    }

    /// Lines of the old connection may still come, so the segment of a new one waits for them.
    private func follow(_ change: SelectionChange, at now: ContinuousClock.Instant) throws {
        guard let endpoint = change.endpoint else {
            if replacement != nil {
                replacement = change.facts
            } else {
                try sink.select(change.facts, at: now)
            }
            return
        }
        replacement = change.facts
        source.replace(with: endpoint, cause: SelectionChange.cause)
    }

    private func begin(_ opening: ConnectionOpening) throws {
        framer.reset()
        metrics.connected(opening)
        try sink.connected(opening, at: .now)
        remark(
            StreamRemark(isWarning: false, message: "stream: connected (\(opening.kind.rawValue))"))
    }

    private func deliver() throws {
        metrics.heard(bytes: source.received.count)
        metrics.bufferWasFull(times: source.timesFull - timesFull)
        timesFull = source.timesFull
        sink.heard(at: .now)
        let before = framer.lineFeedsReplaced
        try framer.feed(source.received, accept)
        let replaced = framer.lineFeedsReplaced - before
        if replaced > 0 {
            sink.replacedLineFeeds(replaced)
            metrics.replacedLineFeeds(replaced)
        }
        if framer.lengthMismatches > mismatchesSaid { sayMismatches(at: .now) }
    }

    private func sayMismatches(at time: ContinuousClock.Instant) {
        guard mismatchesSayable <= time else { return }
        mismatchesSaid = framer.lengthMismatches
        mismatchesSayable = time + NoticeRemarks.interval
        let message =
            "stream: \(mismatchesSaid) lines whose length is not what was announced: they end at "
            + "CR LF all the same"
        remark(StreamRemark(isWarning: true, message: message))
    }

    private func accept(_ piece: LineFramer.Piece) throws {
        switch piece {
        case .line(let line): try accept(line, scanner.scan(line))
        case .keepAlive: break
        case .overlong(let head, let bytes):
            try sink.appendOverlong(head: head, bytes: bytes)
            metrics.receivedOverlong()
        }
    }

    private func accept(_ line: UnsafeRawBufferPointer, _ scanned: ScannedLine) throws {
        try sink.append(line, scanned)
        metrics.received(scanned)
        if case .notice(let kind, _) = scanned, let notice = StreamNotice(kind, line) {
            source.take(notice)
        }
    }

    private func end(cause: String) throws {
        // A line that was cut off is in no zone's interest: the others have it whole.
        let lost = framer.reset()
        metrics.status.disconnected()
        try sink.disconnected(cause: cause)
        let rest = lost > 0 ? ": \(lost) bytes of an unfinished line were dropped" : ""
        remark(StreamRemark(isWarning: true, message: "stream: disconnected: \(cause)\(rest)"))
    }

    private func finish(cause: String) throws {
        metrics.status.disconnected()
        try sink.disconnected(cause: cause)
        try sink.finish(at: .now)
    }
}
