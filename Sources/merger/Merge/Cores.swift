private import Dispatch
private import Glibc
private import Synchronization

/// Spreads work that only computes over the processors.
enum Cores {
    /// More would hold more memory and win nothing: the disk or the store is the limit by then.
    private static let countMax = 16

    static let count = min(max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), countMax)

    /// Calls `body` for each index below `count`, on as many threads as there are processors, and
    /// returns when all calls have ended.
    ///
    /// - Parameter worker: makes what one thread uses for all its calls.
    /// - Returns: the results by index.
    /// - Throws: what the call of the lowest index threw.
    static func map<Worker, Output: Sendable>(
        _ count: Int, worker: @Sendable () -> Worker,
        _ body: @Sendable (Worker, Int) throws -> Output
    ) throws -> [Output] {
        let next = Atomic(0)
        let outputs = Mutex<[Int: Result<Output, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: min(count, Self.count)) { _ in
            let worker = worker()
            while case let index = next.add(1, ordering: .relaxed).oldValue, index < count {
                let output = Result { try body(worker, index) }
                outputs.withLock { $0[index] = output }
            }
        }
        return try outputs.withLock { outputs in
            try (0..<count).compactMap { try outputs[$0]?.get() }
        }
    }
}
