/// Notices a stream that is alive and brings nothing: rules that match nothing any more look like
/// this. It is a person's to judge, and never a reason to connect again.
struct QuietAlarm: Sendable {
    let limit: Duration
    private var quietSince: ContinuousClock.Instant?
    private var isRaised = false

    init(limit: Duration) {
        self.limit = limit
    }

    /// The first connection begins the wait; later ones do not begin it anew.
    mutating func connected(at time: ContinuousClock.Instant) {
        quietSince = quietSince ?? time
    }

    mutating func lineCame(at time: ContinuousClock.Instant) {
        quietSince = time
        isRaised = false
    }

    /// When ``isDue(at:)`` may turn true.
    var deadline: ContinuousClock.Instant? { isRaised ? nil : quietSince.map { $0 + limit } }

    /// True once until a line comes.
    mutating func isDue(at time: ContinuousClock.Instant) -> Bool {
        guard let deadline, deadline <= time else { return false }
        isRaised = true
        return true
    }

    var advice: String {
        "alive, and no line for \(limit.readable): check that the rules or the follow list still "
            + "match what they should"
    }
}
