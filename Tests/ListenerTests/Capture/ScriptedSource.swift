import Shared

@testable import listener

/// A source that says what a test wrote down, and then that it is over.
final class ScriptedSource: StreamSource {
    enum Step {
        case connected(
            ConnectionKind = .live, backfill: Duration? = nil, clockOffset: Duration? = nil)
        case bytes(String)
        case disconnected(String)
        case idle
        case failed(any OperatorError)
        /// Does something between two calls, as another thread would.
        case call(() throws -> Void)
        /// The same while the loop waits for room; it must not ask for anything else then.
        case rest(() throws -> Void)
    }

    let waker = StreamWaker()
    private(set) var isClosed = false
    /// What the capture asked for in place of the request before.
    private(set) var replacements: [StreamEndpoint] = []
    private var due: [StreamEvent] = []
    private var isConnected = false
    private var steps: ArraySlice<Step>
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0

    static let bufferBytes = 1 << 16

    init(_ steps: [Step]) {
        self.steps = steps[...]
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 1)
    }

    deinit {
        buffer.deallocate()
    }

    var received: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    var timesFull: Int { 0 }
    private(set) var notices: [StreamNotice] = []

    func take(_ notice: StreamNotice) { notices.append(notice) }

    func next(until deadline: ContinuousClock.Instant) -> StreamEvent {
        precondition(!isClosed, "a closed source is not asked")
        if !due.isEmpty { return due.removeFirst() }
        switch steps.popFirst() {
        case .connected(let kind, let backfill, let offset):
            isConnected = true
            return .connected(
                ConnectionOpening(kind: kind, backfill: backfill, clockOffset: offset))
        case .bytes(let text):
            count = text.utf8.count
            buffer.copyBytes(from: Array(text.utf8))
            return .bytes
        case .disconnected(let cause):
            isConnected = false
            return .disconnected(cause: cause)
        case .idle:
            return .idle
        case .failed(let error):
            return .failed(error)
        case .call(let body):
            do {
                try body()
            } catch {
                preconditionFailure("\(error)")
            }
            return .woken
        case .rest:
            preconditionFailure("the loop reads although there is no room")
        case nil:
            return .ended
        }
    }

    func rest(until deadline: ContinuousClock.Instant) {
        guard case .rest(let body) = steps.popFirst() else {
            preconditionFailure("the loop waits for room, and the script does not")
        }
        do {
            try body()
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func replace(with endpoint: StreamEndpoint, cause: String) {
        replacements.append(endpoint)
        due = (isConnected ? [.disconnected(cause: cause)] : []) + [.replaced]
        isConnected = false
    }

    func close() {
        isClosed = true
    }
}
