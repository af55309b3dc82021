import CCurl
import Synchronization

/// Carries the transfers of one client on one thread.
///
/// Everything but ``submit(_:)``, ``wake()`` and ``stop()`` runs on that thread.
final class TransferLoop: Sendable {
    private let options: HTTPClient.Options
    private let inbox: Mutex<Inbox>

    /// What other threads have left for the loop.
    private struct Inbox {
        var submitted: [TransferTicket] = []
        var isStopped = false
        /// The multi handle as a number, while there is one to wake.
        var multi: UInt?
    }

    /// Wakings are remembered by libcurl, so this bounds nothing that anyone waits for.
    private static let idleMilliseconds: Int32 = 60_000

    init(_ options: HTTPClient.Options) {
        self.options = options
        inbox = Mutex(Inbox())
    }

    /// Takes a request, or answers it at once where the loop was stopped.
    func submit(_ ticket: TransferTicket) {
        let isTaken = inbox.withLock { inbox in
            guard !inbox.isStopped else { return false }
            inbox.submitted.append(ticket)
            return true
        }
        guard isTaken else {
            ticket.resolve(.failure(.shutDown.about(ticket.request)))
            return
        }
        wake()
    }

    func wake() {
        // Under the lock, so that the handle cannot be freed in between.
        inbox.withLock { inbox in
            guard let multi = inbox.multi, let pointer = UnsafeMutableRawPointer(bitPattern: multi)
            else { return }
            curl_multi_wakeup(pointer)
        }
    }

    func stop() {
        inbox.withLock { $0.isStopped = true }
        wake()
    }

    /// The life of the thread.
    func run() {
        guard let multi = curl_multi_init() else {
            preconditionFailure("libcurl has no memory for a client")
        }
        inbox.withLock { $0.multi = UInt(bitPattern: multi) }
        var running = RunningTransfers(multi, options)
        while takeInbox(&running) {
            running.dropCancelled()
            running.start()
            running.perform()
            // A finished transfer makes room for a waiting one, which must not wait for a byte.
            if running.canStart { continue }
            curl_multi_poll(multi, nil, 0, Self.idleMilliseconds, nil)
        }
        running.failAll()
        inbox.withLock { $0.multi = nil }
        curl_multi_cleanup(multi)
    }

    /// - Returns: false when the loop is to end. Nothing is submitted after that.
    private func takeInbox(_ running: inout RunningTransfers) -> Bool {
        inbox.withLock { inbox in
            running.waiting += inbox.submitted
            inbox.submitted = []
            return !inbox.isStopped
        }
    }
}

extension HTTPError {
    static var shutDown: HTTPError { HTTPError(.shutDown, "the client was shut down") }
    static var cancelled: HTTPError { HTTPError(.cancelled, "cancelled") }
}
