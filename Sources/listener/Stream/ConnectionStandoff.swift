/// A wait for another client of the same credential to go, in which the server is asked who is
/// connected.
///
/// Such a request has a limit of its own at X (docs.x.com, rate limits), so it takes nothing from
/// ``AttemptBudget``; ``inquiryInterval`` keeps it far below.
struct ConnectionStandoff: Sendable {
    static let inquiryInterval = Duration.seconds(60)
    /// After a refusal our own last connection may be what is in the way, for a moment.
    static let ownEndNoticed = Duration.seconds(5)

    enum Verdict: Equatable {
        case go
        case ask
    }

    /// When to try where the server does not say who is connected.
    let resumeAt: ContinuousClock.Instant
    /// When to try although the server lists somebody: a list may be out of date.
    let endAt: ContinuousClock.Instant
    /// The most that were listed since it began: so many are too many.
    private var listedMax = 0
    /// How often somebody was listed since then.
    private(set) var listings = 0

    init(resumeAt: ContinuousClock.Instant, endAt: ContinuousClock.Instant) {
        self.resumeAt = resumeAt
        self.endAt = max(resumeAt, endAt)
    }

    /// - Parameter listing: nil where the server did not answer.
    mutating func verdict(
        on listing: ConnectionListing?, at time: ContinuousClock.Instant
    ) -> Verdict {
        guard let count = listing?.connections.count else { return resumeAt <= time ? .go : .ask }
        // An account may have more than one, so that one fewer than were too many is room enough.
        guard count > 0, count >= listedMax else { return .go }
        listedMax = count
        listings += 1
        return endAt <= time ? .go : .ask
    }
}
