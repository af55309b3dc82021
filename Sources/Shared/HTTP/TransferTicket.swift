import Synchronization

/// A request on its way to the thread of the transfers, and its reply on the way back.
///
/// Shared by the task that waits, which may cancel it at any moment, and the thread, which answers
/// it exactly once.
final class TransferTicket: Sendable {
    typealias Outcome = Result<HTTPResponse, HTTPError>

    let request: HTTPRequest
    private let state = Mutex(State())

    private struct State {
        var isCancelled = false
        var continuation: CheckedContinuation<Outcome, Never>?
    }

    init(_ request: HTTPRequest) {
        self.request = request
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func cancel() {
        state.withLock { $0.isCancelled = true }
    }

    func await(_ continuation: CheckedContinuation<Outcome, Never>) {
        state.withLock { $0.continuation = continuation }
    }

    func resolve(_ outcome: Outcome) {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        guard let continuation else { preconditionFailure("a transfer was answered twice") }
        continuation.resume(returning: outcome)
    }
}
