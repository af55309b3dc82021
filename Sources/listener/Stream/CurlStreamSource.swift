import Shared

/// A stream over HTTP, held open by libcurl on the thread that calls ``next(until:)``.
///
/// ``StreamStateMachine`` decides; this performs. The order in which things are reported is:
/// connected, all bytes of the connection, disconnected. The buffer is handed out as a whole; while
/// nobody takes it, it fills, the transfer pauses, and TCP slows the server down.
final class CurlStreamSource: StreamSource {
    static let bufferBytes = 1 << 20

    let waker = StreamWaker()

    private let userAgent: String
    private var stallTimeout: Duration
    private let credentialSettings: String
    private var makeRequest: (StreamAttempt) -> StreamRequest
    private var replacement: (endpoint: StreamEndpoint, cause: String)?
    private let buffer: StreamBuffer
    private var multi: CurlMulti?
    private var machine: StreamStateMachine
    private var generator = SystemRandomNumberGenerator()

    private var phase = Phase.idle
    private var events: [StreamEvent] = []
    private var isHandedOut = false

    private enum Phase {
        case idle
        case waiting(until: ContinuousClock.Instant)
        case exchanging(StreamExchange)
        /// Halted or closed.
        case over
    }

    /// - Parameters:
    ///   - userAgent: `tributary-listener/` and the version.
    ///   - credentialSettings: where the credential comes from, for advice.
    ///   - makeRequest: called once per attempt, so that each is signed afresh.
    init(
        userAgent: String, stallTimeout: Duration, machine: StreamStateMachine,
        credentialSettings: String,
        bufferBytes: Int = CurlStreamSource.bufferBytes,
        makeRequest: @escaping (StreamAttempt) -> StreamRequest
    ) {
        self.userAgent = userAgent
        self.stallTimeout = stallTimeout
        self.machine = machine
        self.credentialSettings = credentialSettings
        self.makeRequest = makeRequest
        buffer = StreamBuffer(capacity: bufferBytes)
        multi = CurlMulti(waker: waker)
    }

    /// - Parameter allowsBackfill: the account may ask for the posts of a gap (X Enterprise).
    convenience init(_ endpoint: StreamEndpoint, userAgent: String, allowsBackfill: Bool = false) {
        let machine = StreamStateMachine(
            isTimed: endpoint.credential.isTimed, allowsBackfill: allowsBackfill)
        self.init(
            userAgent: userAgent, stallTimeout: endpoint.stallTimeout, machine: machine,
            credentialSettings: endpoint.credential.settings,
            makeRequest: { endpoint.request(for: $0) })
    }

    var received: UnsafeRawBufferPointer { buffer.bytes }

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
        case .waiting(let until): until
        case .exchanging(let exchange): exchange.deadline
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
        if exchange.notesDelivery(of: buffer.bytes) {
            _ = decide(.delivered)
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
        case .waiting, .over:
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
            multi?.add(transfer)
            phase = .exchanging(
                StreamExchange(
                    transfer, request: request, attempt: attempt, stallTimeout: stallTimeout,
                    at: time))
        } catch {
            halt(error)
        }
    }

    private func drive(_ exchange: StreamExchange) {
        exchange.note(result: multi?.perform(), at: .now)
        if exchange.opens(at: .now) {
            _ = decide(.opened)
            events.append(.connected(exchange.opening))
        }
        // The end of a connection is told only after its last byte was handed out.
        guard buffer.isEmpty, let end = exchange.end(at: .now) else { return }
        multi?.remove()
        conclude(exchange, end)
    }

    private func conclude(_ exchange: StreamExchange, _ end: StreamExchange.End) {
        switch end {
        case .lost(let cause):
            if exchange.isOpen { events.append(.disconnected(cause: cause)) }
            let action = decide(.lost(lastByteAt: exchange.lastByteAt))
            remark(
                "\(exchange.subject): \(exchange.isOpen ? "connection lost" : cause)",
                before: action, isWarning: !exchange.isOpen)
            perform(action)
        case .refused(let refusal):
            let action = decide(.refused(refusal))
            let advice = refusal.advice(credential: credentialSettings)
            let message = "\(exchange.subject): \(refusal): \(advice)"
            guard action != .halt else {
                halt(StreamError(.refused(httpStatus: refusal.status), message))
                return
            }
            remark(message, before: action, isWarning: true)
            perform(action)
        }
    }

    private func decide(_ event: StreamStateMachine.Event) -> StreamStateMachine.Action {
        machine.handle(event, at: .now, using: &generator)
    }

    private func perform(_ action: StreamStateMachine.Action) {
        switch action {
        case .connect(let delay, _): phase = .waiting(until: .now + delay)
        case .halt: phase = .over
        case .read, .ignore: break
        }
    }

    private func halt(_ error: StreamError) {
        events.append(.failed(error))
        phase = .over
    }

    private func remark(
        _ message: String, before action: StreamStateMachine.Action, isWarning: Bool
    ) {
        guard case .connect(let delay, let change) = action else { return }
        let plan = change?.description ?? "next attempt in \(delay.readable)"
        events.append(.remark(StreamRemark(isWarning: isWarning, message: "\(message): \(plan)")))
    }
}

extension StreamStateMachine.Change: CustomStringConvertible {
    var description: String {
        switch self {
        case .clockCorrected:
            "our clock differs from the server's: trying again with the server's time"
        case .backfillDropped: "trying again without back-fill"
        }
    }
}
