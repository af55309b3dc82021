private import Dispatch
private import Glibc
private import Synchronization

/// A thread of its own for a call that blocks: a loop that reads, or a call to a mount that may hang.
///
/// Tasks share as many threads as there are processors: a few such calls there would hold up
/// everything else that the process does. No limit, since a call that hangs must not hold up one
/// that would not; who makes calls bounds how many there are. A thread waits a while for the next
/// call, since to make one takes as long as many a call.
package enum BlockingCall {
    private static let idleSeconds = 5.0

    private static let idle = Mutex<[Worker]>([])

    /// A thread, or what will be one.
    private final class Worker: Sendable {
        let call: Mutex<(@Sendable () -> Void)?>
        /// Signalled for each call but the first.
        let called = DispatchSemaphore(value: 0)

        init(_ call: @escaping @Sendable () -> Void) {
            self.call = Mutex(call)
        }

        func work() {
            while let call = call.withLock({ $0.take() }) {
                call()
                idle.withLock { $0.append(self) }
                guard called.wait(timeout: .now() + idleSeconds) == .timedOut else { continue }
                let isIdle = idle.withLock { idle in
                    let place = idle.firstIndex { $0 === self }
                    if let place { idle.remove(at: place) }
                    return place != nil
                }
                if isIdle { return }
                // It was called in that very moment.
                called.wait()
            }
        }
    }

    /// Returns what `body` does, once it has. A cancelled task waits for it all the same.
    package static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { continuation in
            let call = { @Sendable in continuation.resume(returning: Result(catching: body)) }
            // Out of threads: late is better than never.
            if !start(call) { call() }
        }
        return try result.get()
    }

    /// - Returns: false where there is no thread to be had.
    static func start(_ call: @escaping @Sendable () -> Void) -> Bool {
        guard let worker = idle.withLock({ $0.popLast() }) else {
            return startThread(Worker(call))
        }
        worker.call.withLock { $0 = call }
        worker.called.signal()
        return true
    }

    private static func startThread(_ worker: Worker) -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(worker)
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { preconditionFailure("a thread lost its argument") }
                Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().work()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
