/// A token bucket that keeps connection attempts under X's limit of 50 in 15 minutes, whatever the
/// reconnect policy says: a server that accepts and closes at once would otherwise be asked for
/// ever without a wait.
///
/// Requests for rules and for the list of connections take nothing from it: X limits each endpoint
/// by itself (rules: 450 GET and 100 POST in 15 minutes; docs.x.com, rate limits).
///
/// Of the 49 attempts allowed in any 15 minutes, ``burst`` may come at once and the others one
/// every ``interval``: 9 + 900 s / 22.5 s.
struct AttemptBudget: Sendable {
    static let window = Duration.seconds(900)
    static let attemptsMax = 49
    static let burst = 9
    static let interval = window / (attemptsMax - burst)

    /// When the bucket will be full again; nil where it is.
    private(set) var fullAt: ContinuousClock.Instant?

    init(fullAt: ContinuousClock.Instant? = nil) {
        self.fullAt = fullAt
    }

    /// Books an attempt at `time` or as soon after it as the budget allows, and says when.
    mutating func book(at time: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let full = max(fullAt ?? time, time)
        let earliest = full - Self.interval * (Self.burst - 1)
        let booked = max(time, earliest)
        fullAt = max(full, booked) + Self.interval
        return booked
    }
}
