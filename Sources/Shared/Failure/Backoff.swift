/// Waiting times between attempts: doubling from a floor to a ceiling, with jitter.
///
/// The n-th wait, counted from 1, lies between half of and the whole of
/// `min(ceiling, floor * 2^(n - 1))`: never less than half, so that a fleet that failed together
/// spreads out without anyone coming back at once.
package struct Backoff: Sendable {
    package var floor: Duration
    package var ceiling: Duration

    package init(floor: Duration, ceiling: Duration) {
        precondition(floor > .zero && floor <= ceiling, "0 < floor <= ceiling")
        self.floor = floor
        self.ceiling = ceiling
    }

    /// - Parameter attempt: failures so far, counted from 1.
    package func delay(
        attempt: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        precondition(attempt >= 1, "attempts are counted from 1, got \(attempt)")
        let full = min(ceiling, floor * (1 << min(attempt - 1, Self.doublingsMax)))
        return full * Double.random(in: 0.5...1, using: &generator)
    }

    /// Enough to get from a millisecond to days, and far from overflow.
    private static let doublingsMax = 30
}
