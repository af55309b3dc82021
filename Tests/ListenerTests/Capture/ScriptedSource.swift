import Shared

@testable import listener

/// A source that says what a test wrote down, and then that it is over.
final class ScriptedSource: StreamSource {
    enum Step {
        case connected(ConnectionKind = .live, clockOffset: Duration? = nil)
        case bytes(String)
        case disconnected(String)
        case idle
        case failed(any OperatorError)
        /// Does something between two calls, as another thread would.
        case call(() throws -> Void)
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

    func next(until deadline: ContinuousClock.Instant) -> StreamEvent {
        precondition(!isClosed, "a closed source is not asked")
        if !due.isEmpty { return due.removeFirst() }
        switch steps.popFirst() {
        case .connected(let kind, let offset):
            isConnected = true
            return .connected(ConnectionOpening(kind: kind, clockOffset: offset))
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
        case nil:
            return .ended
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
