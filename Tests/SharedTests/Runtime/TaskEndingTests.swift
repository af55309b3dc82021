import Shared
import TestSupport
import Testing

struct TaskEndingTests {
    private struct Refusal: Error {}

    /// Ends when the test does, whether it is cancelled or not.
    private func withEndless(
        _ body: (Task<Int, Never>) async throws -> Void
    ) async throws {
        let (end, ending) = AsyncStream<Void>.makeStream()
        let endless = Task {
            await Task.detached { for await _ in end {} }.value
            return 1
        }
        try await body(endless)
        ending.finish()
        #expect(await endless.value == 1)
    }

    @Test func `a task that ends in time gives its value or its error`() async throws {
        #expect(await Task { 7 }.result(within: .seconds(60))?.get() == 7)
        let failing = Task { () async throws -> Int in throw Refusal() }
        await #expect(throws: Refusal.self) {
            try await failing.result(within: .seconds(60))?.get()
        }
    }

    @Test func `a task that does not end is waited for no longer than was said`() async throws {
        try await withEndless { endless in
            let start = ContinuousClock.now
            #expect(await endless.result(within: .milliseconds(50)) == nil)
            endless.cancel()
            #expect(await endless.result(within: .milliseconds(50)) == nil)
            #expect(ContinuousClock.now - start >= .milliseconds(100))
        }
    }

    @Test func `a task that does not end is left where something else ends`() async throws {
        try await withEndless { endless in
            #expect(await endless.result(unless: {}) == nil)
        }
    }
}
