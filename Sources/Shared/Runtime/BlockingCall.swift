private import Glibc

/// A thread of its own for a call that blocks: a loop that reads, or a call to a mount that may hang.
///
/// Tasks share as many threads as there are processors: a few such calls there would hold up
/// everything else that the process does. No limit, since a call that hangs must not hold up one
/// that would not; who makes calls bounds how many there are.
package enum BlockingCall {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
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
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(run))
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { preconditionFailure("a thread lost its argument") }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
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
