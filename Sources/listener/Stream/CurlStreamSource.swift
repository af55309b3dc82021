import Shared

/// A stream over HTTP, held open by libcurl on the thread that calls ``next(until:)``.
///
/// ``StreamStateMachine`` decides; this performs. The order in which things are reported is:
/// connected, all bytes of the connection, disconnected. The buffer is handed out as a whole; while
/// nobody takes it, it fills, the transfer pauses, and TCP slows the server down.
final class CurlStreamSource: StreamSource {
    static let bufferBytes = 1 << 20

    let waker = StreamWaker()

    let userAgent: String
    private var stallTimeout: Duration
    /// How long the head of an answer may take; nil for as long as a stream may be silent.
    var answerTimeout: Duration?
    private let credentialSettings: String
    private var makeRequest: (StreamAttempt) -> StreamRequest
    private let recovery: SegmentManifest.ReceivedSpan?
    let inquiry: (request: StreamRequest, endpointName: String)?
    private var replacement: (endpoint: StreamEndpoint, cause: String)?
    private let buffer: StreamBuffer
    private(set) var multi: CurlMulti?
    private(set) var machine: StreamStateMachine
    private var generator = SystemRandomNumberGenerator()
    private var quiet: QuietAlarm
    private var notices = NoticeRemarks()
    /// Told with each attempt when the attempts so far stop counting.
    var whenAttempted: (ContinuousClock.Instant) -> Void = { _ in }
    /// Whom the log already names as the holder of the stream.
    var namedHolder = ""

    var phase = Phase.idle
    private var events: [StreamEvent] = []
    private var isHandedOut = false

    enum Phase {
        case idle
        case waiting(until: ContinuousClock.Instant)
        case exchanging(StreamExchange)
        case waitingToInquire(until: ContinuousClock.Instant)
        case inquiring(ConnectionInquiry)
        /// Halted or closed.
        case over
    }

    /// - Parameters:
    ///   - userAgent: `tributary-listener/` and the version.
    ///   - credentialSettings: where the credential comes from, for advice.
    ///   - inquiry: asks who is connected, and what the answer calls this stream.
    ///   - recovery: the span after which the stream is to end; nil for one that goes on.
    ///   - makeRequest: called once per attempt, so that each is signed afresh.
    init(
        userAgent: String, stallTimeout: Duration,
        quietMax: Duration = StreamEndpoint.quietMaxDefault, machine: StreamStateMachine,
        credentialSettings: String, bufferBytes: Int = CurlStreamSource.bufferBytes,
        inquiry: (request: StreamRequest, endpointName: String)? = nil,
        recovery: SegmentManifest.ReceivedSpan? = nil,
        makeRequest: @escaping (StreamAttempt) -> StreamRequest
    ) {
        self.userAgent = userAgent
        self.stallTimeout = stallTimeout
        self.machine = machine
        self.credentialSettings = credentialSettings
        self.inquiry = inquiry
        self.recovery = recovery
        self.makeRequest = makeRequest
        quiet = QuietAlarm(limit: quietMax)
        buffer = StreamBuffer(capacity: bufferBytes)
        multi = CurlMulti(waker: waker)
    }

    var received: UnsafeRawBufferPointer { buffer.bytes }

    var timesFull: Int { buffer.timesFull }

    func take(_ notice: StreamNotice) {
        guard let exchange, exchange.isOpen else { return }
        if let text = notices.remark(on: notice, at: .now) {
            say("\(exchange.subject): \(text)", isWarning: true)
        }
        guard case .disconnect(let disconnect) = notice,
            case .close(let closingTime) = decide(.announced(disconnect))
        else { return }
        exchange.announce(disconnect, closingAt: .now + closingTime)
        if let advice = disconnect.advice(credential: credentialSettings) {
            say(
                "\(exchange.subject): \(disconnect.name): \(advice)", isWarning: true,
                isAlarm: disconnect.consequence == .revoked)
        }
    }

    func next(until deadline: ContinuousClock.Instant) -> StreamEvent {
        exchange?.enter(at: .now)
        defer { exchange?.leave(at: .now) }
        takeBack()
        while true {
            if waker.takeWake() { return .woken }
            if let event = takeEvent() { return event }
            replaceRequest()
            work(at: .now)
            if let event = takeEvent() { return event }
            guard ContinuousClock.now < deadline else { return .idle }
            multi?.wait(until: min(deadline, workDeadline ?? deadline))
        }
    }

    func replace(with endpoint: StreamEndpoint, cause: String) {
        replacement = (endpoint, cause)
    }

    func close() {
        multi = nil
        phase = .over
    }

    private var exchange: StreamExchange? {
        guard case .exchanging(let exchange) = phase else { return nil }
        return exchange
    }

    /// When there is something to do although nothing arrives.
    private var workDeadline: ContinuousClock.Instant? {
        switch phase {
        case .waiting(let until), .waitingToInquire(let until): until
        case .exchanging(let exchange):
            // A connection that is not open yet is not asked whether it is quiet.
            [exchange.deadline, exchange.isOpen ? quiet.deadline : nil].compactMap { $0 }.min()
        case .inquiring(let inquiry): inquiry.deadline
        case .idle, .over: nil
        }
    }

    /// Empties the buffer that was handed out. What libcurl held back meanwhile comes at once.
    private func takeBack() {
        guard isHandedOut else { return }
        isHandedOut = false
        buffer.clear()
        exchange?.transfer.resume()
    }

    private func takeEvent() -> StreamEvent? {
        if !events.isEmpty { return events.removeFirst() }
        guard let exchange, !buffer.isEmpty else { return nil }
        if buffer.bytes.contains(where: { $0 > UInt8(ascii: " ") }) {
            quiet.lineCame(at: .now)
            if exchange.notesDelivery() { _ = decide(.delivered) }
        }
        isHandedOut = true
        return .bytes
    }

    private func work(at time: ContinuousClock.Instant) {
        switch phase {
        case .idle:
            perform(decide(.started))
        case .waiting(let until) where until <= time:
            begin(at: time)
        case .exchanging(let exchange):
            drive(exchange)
        case .waitingToInquire(let until) where until <= time:
            inquire(at: time)
        case .inquiring(let inquiry):
            drive(inquiry)
        case .waiting, .waitingToInquire, .over:
            break
        }
    }

    /// A wait between attempts goes on: it is the server's, or protects it, whatever is asked.
    private func replaceRequest() {
        guard let (endpoint, cause) = replacement else { return }
        replacement = nil
        stallTimeout = endpoint.stallTimeout
        makeRequest = { endpoint.request(for: $0) }
        if let exchange {
            multi?.remove()
            if exchange.isOpen { events.append(.disconnected(cause: cause)) }
            perform(decide(.replaced(lastByteAt: exchange.lastByteAt)))
        }
        events.append(.replaced)
    }

    private func begin(at time: ContinuousClock.Instant) {
        let attempt = machine.attempt(at: time)
        let request = makeRequest(attempt)
        do throws(StreamError) {
            try request.checkConfidentiality()
            let transfer = try CurlTransfer(request, userAgent: userAgent, buffer: buffer)
            if let freeAt = machine.attemptsFreeAt { whenAttempted(freeAt) }
            multi?.add(transfer)
            phase = .exchanging(
                StreamExchange(
                    transfer, request: request, attempt: attempt, stallTimeout: stallTimeout,
                    answerTimeout: answerTimeout ?? stallTimeout, at: time))
        } catch {
            halt(error)
        }
    }

    private func drive(_ exchange: StreamExchange) {
        // Of a connection that is over by our own decision no more is taken.
        if !exchange.isOverdue(at: .now) {
            exchange.note(result: multi?.perform(), at: .now)
        }
        if exchange.opens(at: .now) {
            _ = decide(.opened)
            quiet.connected(at: .now)
            namedHolder = ""
            var opening = exchange.opening
            if recovery != nil { (opening.kind, opening.recovers) = (.recovery, recovery) }
            events.append(.connected(opening))
        }
        if exchange.isOpen, quiet.isDue(at: .now) {
            say("\(exchange.subject): \(quiet.advice)", isWarning: true)
        }
        // The end of a connection is told only after its last byte was handed out.
        guard buffer.isEmpty, let end = exchange.end(at: .now) else { return }
        multi?.remove()
        conclude(exchange, end)
    }

    private func conclude(_ exchange: StreamExchange, _ end: StreamExchange.End) {
        switch end {
        case .lost where recovery != nil && exchange.isOpen && exchange.isComplete:
            events += [.disconnected(cause: SegmentManifest.Cause.recovered), .ended]
            phase = .over
        case .lost(let cause):
            if exchange.isOpen { events.append(.disconnected(cause: cause)) }
            let action = decide(
                .lost(lastByteAt: exchange.lastByteAt, isOrderly: exchange.isOrderly))
            let isYielding = exchange.isOpen && machine.isYielding
            let problem =
                isYielding
                ? "another client uses the same credentials: yielding to it, since both would "
                    + "evict each other: give each zone its own"
                : exchange.isOpen ? "connection lost" : cause
            remark(
                "\(exchange.subject): \(problem)", before: action,
                isWarning: isYielding || !exchange.isOpen, isAlarm: isYielding,
                because: exchange.lossReason)
            perform(action)
        case .refused(let refusal):
            let action = decide(.refused(refusal))
            let advice = refusal.advice(credential: credentialSettings)
            let message = "\(exchange.subject): \(refusal): \(advice)"
            guard action != .halt else {
                halt(StreamError(.refused(httpStatus: refusal.status), message))
                return
            }
            remark(
                message, before: action, isWarning: true,
                isAlarm: refusal.reason.isOfRequest && !action.changesRequest,
                because: ReconnectReason(refusal.reason))
            perform(action)
        }
    }

    func decide(_ event: StreamStateMachine.Event) -> StreamStateMachine.Action {
        machine.handle(event, at: .now, using: &generator)
    }

    func perform(_ action: StreamStateMachine.Action) {
        switch action {
        case .connect(let delay, _): phase = .waiting(until: .now + delay)
        case .inquire(let delay): phase = .waitingToInquire(until: .now + delay)
        case .halt: phase = .over
        case .read, .close, .ignore: break
        }
    }

    private func halt(_ error: StreamError) {
        events.append(.failed(error))
        phase = .over
    }

    private func remark(
        _ message: String, before action: StreamStateMachine.Action, isWarning: Bool,
        isAlarm: Bool = false, because reason: ReconnectReason
    ) {
        guard let plan = action.plan else { return }
        say("\(message): \(plan)", isWarning: isWarning, isAlarm: isAlarm, because: reason)
    }

    func say(
        _ message: String, isWarning: Bool, isAlarm: Bool = false,
        because reason: ReconnectReason? = nil
    ) {
        events.append(
            .remark(
                StreamRemark(
                    isWarning: isWarning, isAlarm: isAlarm, message: message, reconnect: reason)))
    }
}
