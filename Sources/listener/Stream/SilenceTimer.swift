/// Finds out that a connection is dead although nobody closed it: any byte is life, and a server
/// that keeps its promise sends a keep-alive well within the limit.
///
/// Only time in which the source looked at the connection counts. What arrived while the capture
/// thread waited for a disk lies unread in the kernel, and is no silence.
struct SilenceTimer: Sendable {
    let limit: Duration
    private var lifeAt: ContinuousClock.Instant
    private var leftAt: ContinuousClock.Instant

    init(limit: Duration, at time: ContinuousClock.Instant) {
        self.limit = limit
        lifeAt = time
        leftAt = time
    }

    /// When the connection counts as dead, unless something arrives before.
    var deadline: ContinuousClock.Instant { lifeAt + limit }

    mutating func arrived(at time: ContinuousClock.Instant) {
        lifeAt = time
    }

    /// The source stops looking.
    mutating func leave(at time: ContinuousClock.Instant) {
        leftAt = time
    }

    /// The source looks again.
    mutating func enter(at time: ContinuousClock.Instant) {
        lifeAt += leftAt.duration(to: time)
        leftAt = time
    }
}
