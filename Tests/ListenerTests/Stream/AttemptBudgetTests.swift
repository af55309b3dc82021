import Testing

@testable import listener

struct AttemptBudgetTests {
    private let start = ContinuousClock.now

    @Test func `attempts without any wait of their own stay under 50 in any 15 minutes`() {
        var budget = AttemptBudget()
        var attempts: [ContinuousClock.Instant] = []
        for _ in 0..<300 {
            attempts.append(budget.book(at: attempts.last ?? start))
        }
        for (index, first) in attempts.enumerated() {
            let window = attempts[index...].prefix { $0 <= first + .seconds(900) }
            #expect(window.count < 50)
        }
        // The budget is used, not merely kept.
        #expect(start.duration(to: attempts[299]) < .seconds(300 * 22.5))
    }

    @Test func `the first nine attempts may come at once and the tenth waits`() {
        var budget = AttemptBudget()
        for _ in 0..<9 { #expect(budget.book(at: start) == start) }
        #expect(budget.book(at: start) == start + .milliseconds(22_500))
    }

    @Test func `a quiet quarter of an hour fills the bucket, and no more than that`() {
        var budget = AttemptBudget()
        for _ in 0..<9 { _ = budget.book(at: start) }
        let later = start + .seconds(100_000)
        for _ in 0..<9 { #expect(budget.book(at: later) == later) }
        #expect(budget.book(at: later) > later)
    }
}
