import Shared
import TestSupport
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [
        (1, 250), (2, 500), (3, 1000), (6, 8000), (7, 16_000), (8, 16_000), (1_000_000, 16_000),
        (Int.max, 16_000),
    ])
    func `waits double from the floor to the ceiling and are never below half of that`(
        attempt: Int, milliseconds: Int
    ) {
        let backoff = Backoff(floor: .milliseconds(250), ceiling: .seconds(16))
        let full = Duration.milliseconds(milliseconds)
        let seed = Seed()
        var generator = seed.generator
        let delays = (0..<200).map { _ in backoff.delay(attempt: attempt, using: &generator) }
        #expect(delays.allSatisfy { $0 >= full / 2 && $0 <= full }, "\(seed)")
        let spread = (delays.max() ?? .zero) - (delays.min() ?? .zero)
        #expect(spread > full / 4, "without jitter a fleet comes back at once; \(seed)")
    }

    @Test func `a floor of a day does not overflow`() {
        let backoff = Backoff(floor: .seconds(86_400), ceiling: .seconds(86_400_000))
        var generator = SystemRandomNumberGenerator()
        let delay = backoff.delay(attempt: Int.max, using: &generator)
        #expect(delay >= .seconds(43_200_000) && delay <= .seconds(86_400_000))
    }
}
