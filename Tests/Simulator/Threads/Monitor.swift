import Foundation

/// State that several threads share, with a lock and a way to wait for a change.
///
/// `@unchecked`: `state` is touched only while `condition` is locked.
final class Monitor<State: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var state: State

    init(_ state: State) {
        self.state = state
    }

    /// Reads or changes the state without waking anyone.
    func access<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body(&state)
    }

    /// Changes the state and wakes whoever waits.
    func change<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&state)
    }

    /// Returns when the state satisfies the predicate or the time is over, whichever comes first.
    func wait(atMost seconds: Double, until isSatisfied: (State) -> Bool) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while !isSatisfied(state) {
            guard condition.wait(until: deadline) else { return }
        }
    }
}
