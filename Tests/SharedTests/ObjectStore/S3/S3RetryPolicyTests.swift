import Testing

@testable import Shared

struct S3RetryPolicyTests {
    private let bounds = S3RetryPolicy.Bounds(first: .milliseconds(100), last: .seconds(5))

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (6, 3200), (7, 5000), (60, 5000)])
    func `waits are drawn from zero to a bound that doubles up to its last`(
        attempt: Int, milliseconds: Int
    ) {
        var generator = SystemRandomNumberGenerator()
        let delays = (0..<1000).map { _ in
            S3RetryPolicy().delay(bounds, attempt: attempt, using: &generator)
        }
        let ceiling = Duration.milliseconds(milliseconds)
        #expect(delays.allSatisfy { $0 >= .zero && $0 <= ceiling })
        // The chance that none of a thousand is in the lowest or highest tenth is below 10^-45.
        #expect(delays.contains { $0 < ceiling * 0.1 })
        #expect(delays.contains { $0 > ceiling * 0.9 })
    }

    @Test func `a wait is as long as the server asks, up to the bound`() {
        var generator = SystemRandomNumberGenerator()
        func delay(_ seconds: Int) -> Duration {
            S3RetryPolicy().delay(
                bounds, attempt: 1, atLeast: .seconds(seconds), using: &generator)
        }
        #expect(delay(2) == .seconds(2))
        #expect(delay(3600) == .seconds(5))
    }
}
