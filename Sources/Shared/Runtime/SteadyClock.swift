private import CPosix

extension Timestamp {
    /// The machine's clock.
    package static var now: Timestamp {
        Timestamp(milliseconds: cposix_wall_clock_milliseconds())
    }
}

/// One reading of the wall clock, carried on by the monotonic clock, so that times of one segment
/// never go back or jump when somebody sets the clock.
package struct SteadyClock: Sendable {
    private let wall: Timestamp
    private let instant: ContinuousClock.Instant

    package init() {
        wall = .now
        instant = .now
    }

    package var start: Timestamp { wall }

    package func time(at instant: ContinuousClock.Instant) -> Timestamp {
        wall.advanced(by: max(.zero, self.instant.duration(to: instant)))
    }

    /// When the monotonic clock will show `time`.
    package func instant(of time: Timestamp) -> ContinuousClock.Instant {
        instant.advanced(by: wall.duration(to: time))
    }
}
