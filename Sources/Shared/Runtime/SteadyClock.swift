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
    /// When the segment begins.
    package let start: Timestamp
    private let wall: Timestamp
    private let instant: ContinuousClock.Instant

    /// Sealing takes less; what is further apart was set by somebody.
    private static let seamMax = Duration.seconds(10)

    /// - Parameter end: of the segment before, so that no time is lost between two.
    package init(continuing end: Timestamp? = nil) {
        wall = .now
        instant = .now
        if let end, (.zero..<Self.seamMax).contains(end.duration(to: wall)) {
            start = end
        } else {
            start = wall
        }
    }

    package func time(at instant: ContinuousClock.Instant) -> Timestamp {
        wall.advanced(by: max(.zero, self.instant.duration(to: instant)))
    }

    /// When the monotonic clock will show `time`.
    package func instant(of time: Timestamp) -> ContinuousClock.Instant {
        instant.advanced(by: wall.duration(to: time))
    }
}
