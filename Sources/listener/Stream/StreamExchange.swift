import Shared

/// One request and its answer, as far as it has come: what is known beyond the transfer itself.
final class StreamExchange {
    /// How long the body of a refusal may take: the status alone is enough to act on.
    static let refusalTimeout = Duration.seconds(5)

    enum End {
        case lost(cause: String)
        case refused(StreamRefusal)
    }

    let transfer: CurlTransfer
    private(set) var isOpen = false
    /// Of the connection; of its opening, where no byte came.
    private(set) var lastByteAt: ContinuousClock.Instant

    private let request: StreamRequest
    private let attempt: StreamAttempt
    private let stallTimeout: Duration
    private var silence: SilenceTimer
    private var wireBytes = 0
    private var hasDelivered = false
    private var announcement: StreamDisconnect?
    private var closingAt: ContinuousClock.Instant?
    private var refusalDeadline: ContinuousClock.Instant?
    private var result: Int?

    init(
        _ transfer: CurlTransfer, request: StreamRequest, attempt: StreamAttempt,
        stallTimeout: Duration, answerTimeout: Duration, at time: ContinuousClock.Instant
    ) {
        self.transfer = transfer
        self.request = request
        self.attempt = attempt
        self.stallTimeout = stallTimeout
        silence = SilenceTimer(limit: answerTimeout, at: time)
        lastByteAt = time
    }

    /// What messages begin with.
    var subject: String { "stream \(request.url.withoutQuery)" }

    /// When it ends unless something arrives.
    var deadline: ContinuousClock.Instant {
        [refusalDeadline, closingAt].compactMap { $0 }.reduce(silence.deadline, min)
    }

    var opening: ConnectionOpening {
        ConnectionOpening(
            kind: attempt.backfillMinutes == nil ? .live : .backfill,
            backfill: attempt.backfillMinutes.map { .seconds(60) * $0 },
            clockOffset: transfer.headAt.flatMap { transfer.head.clockOffset(at: $0) })
    }

    func enter(at time: ContinuousClock.Instant) {
        silence.enter(at: time)
    }

    func leave(at time: ContinuousClock.Instant) {
        silence.leave(at: time)
    }

    /// Takes in what the transfer did: new bytes are life, and so is a pause, which is our doing.
    func note(result: Int?, at time: ContinuousClock.Instant) {
        self.result = self.result ?? result
        let count = transfer.wireBytes
        if count != wireBytes {
            wireBytes = count
            lastByteAt = time
            silence.arrived(at: time)
        }
        if transfer.isHeldBack { silence.arrived(at: time) }
        if transfer.isRefused, refusalDeadline == nil {
            refusalDeadline = time + Self.refusalTimeout
        }
    }

    /// True once: when the answer turns out to be 200.
    func opens(at time: ContinuousClock.Instant) -> Bool {
        guard transfer.isOpen, !isOpen else { return false }
        isOpen = true
        lastByteAt = time
        silence = SilenceTimer(limit: stallTimeout, at: time)
        return true
    }

    /// True once: with the first bytes that are more than line ends.
    func notesDelivery() -> Bool {
        defer { hasDelivered = true }
        return !hasDelivered
    }

    /// The server says that it ends the connection; if it does not by `time`, it is over.
    func announce(_ disconnect: StreamDisconnect, closingAt time: ContinuousClock.Instant) {
        guard announcement == nil else { return }
        announcement = disconnect
        closingAt = time
    }

    /// Whether what the server sends is not waited for any more.
    func isOverdue(at time: ContinuousClock.Instant) -> Bool {
        closingAt.map { $0 <= time } ?? false
    }

    /// Whether the server has ended the answer as HTTP has it, unannounced.
    var isComplete: Bool { result == 0 && !transfer.isTorn && announcement == nil }

    /// Whether the server ended the answer as HTTP has it, and what came was readable. A gzip member
    /// that goes on is no damage there: X flushes it after each post and ends it for nobody.
    var isOrderly: Bool { isOpen && result == 0 && transfer.bodyFailure == nil }

    /// How it ended, if it has.
    func end(at time: ContinuousClock.Instant) -> End? {
        if transfer.isRefused {
            let isDone = result != nil || refusalDeadline.map { $0 <= time } ?? false
            return isDone ? .refused(refusal) : nil
        }
        if let failure = transfer.bodyFailure { return lost(failure) }
        if let result { return lost(cause(of: result)) }
        if isOverdue(at: time) {
            return lost("closed by us, since the server said that it ends the stream and did not")
        }
        guard silence.deadline <= time else { return nil }
        return lost("stalled: no byte for \(silence.limit.readable)")
    }

    private func lost(_ cause: String) -> End {
        .lost(cause: announcement.map { "\(cause): \($0.name)" } ?? cause)
    }

    /// Of a connection that ended otherwise than by a refusal.
    var lossReason: ReconnectReason {
        guard isOpen else { return .unreachable }
        return switch result {
        case nil: .stalled
        case 0: .closed
        default: .broken
        }
    }

    private var refusal: StreamRefusal {
        var refusal = StreamRefusal(
            head: transfer.head, body: transfer.answerBody,
            receivedAt: transfer.headAt ?? Timestamp.now)
        refusal.detail = refusal.detail.map { request.redacting($0) }
        return refusal
    }

    private func cause(of result: Int) -> String {
        guard result == 0 else { return request.redacting(transfer.errorMessage(of: result)) }
        return transfer.isTorn
            ? "the server closed the stream in the middle of a gzip member"
            : "the server closed the stream"
    }
}
