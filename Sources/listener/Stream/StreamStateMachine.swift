/// Decides when to connect, and when to stop trying.
///
/// Events come in, actions go out. It has no clock, no randomness and no socket of its own: whoever
/// performs the actions passes them in.
struct StreamStateMachine: Sendable {
    /// After a server has said that it ends the connection. Some never do, and clients stayed on
    /// dead streams for good (xdevplatform/twitter-api-typescript-sdk, thread 69).
    static let closingTime = Duration.seconds(5)

    /// X accepts requests whose time is some minutes off; less than this is not why it refuses.
    static let clockSkewMin = Duration.seconds(60)
    /// Posts may reach the stream 6 to 7 s after they were made (X's P99), so that much more than
    /// the gap is asked for.
    static let backfillMargin = Duration.seconds(10)
    static let backfillMinutesMax = 5

    private enum State {
        case idle
        case connecting
        case streaming(since: ContinuousClock.Instant)
        /// Another client has the stream.
        case standingOff(ConnectionStandoff)
        case halted
    }

    private let policy: ReconnectPolicy
    private let isTimed: Bool
    private let canInquire: Bool
    private let mayHaveRivals: Bool
    private var allowsBackfill: Bool

    private var state = State.idle
    private var budget: AttemptBudget
    /// By this run or an earlier one: what it is refused now has worked before.
    private var wasHeard: Bool
    private var failures: [ReconnectPolicy.FailureKind: Int] = [:]
    private var hasReconnectedAtOnce = false
    private var hasDelivered = false
    private var clockCorrection = Duration.zero
    private var hasCorrectedClock = false
    private var gapBegan: ContinuousClock.Instant?
    private var asksBackfill = false
    private var announcement: StreamDisconnect?
    private var conflict = ConnectionConflict()
    private var nextInquiry: ContinuousClock.Instant?
    /// The last attempt relied on a list that named nobody.
    private var reliedOnListing = false

    /// - Parameters:
    ///   - isTimed: requests are signed with a time, so that a wrong clock is a reason for 401.
    ///   - canInquire: the server can be asked who is connected.
    ///   - mayHaveRivals: the server may end a connection in favour of another client's.
    ///   - allowsBackfill: the account may ask for missed posts.
    init(
        policy: ReconnectPolicy = ReconnectPolicy(), isTimed: Bool = false,
        canInquire: Bool = false, mayHaveRivals: Bool = true, allowsBackfill: Bool = false,
        past: StreamPast = StreamPast()
    ) {
        self.policy = policy
        self.isTimed = isTimed
        self.canInquire = canInquire
        self.mayHaveRivals = mayHaveRivals
        self.allowsBackfill = allowsBackfill
        gapBegan = past.lastHeard
        wasHeard = past.wasHeard
        budget = AttemptBudget(fullAt: past.attemptsFreeAt)
    }

    /// When as many attempts as ever are free again, what was booked so far counted.
    var attemptsFreeAt: ContinuousClock.Instant? { budget.fullAt }

    /// Whether the last connection is taken to have been evicted by another client's.
    private(set) var isYielding = false

    /// Whether another client has been listed more than once while we wait.
    var isHeldForLong: Bool {
        guard case .standingOff(let standoff) = state else { return false }
        return standoff.listings > 1 || failures[.rateLimited, default: 0] > 1
    }

    /// What to ask in the attempt that begins at `time`.
    mutating func attempt(at time: ContinuousClock.Instant) -> StreamAttempt {
        let minutes = backfillMinutes(at: time)
        asksBackfill = minutes != nil
        return StreamAttempt(clockCorrection: clockCorrection, backfillMinutes: minutes)
    }

    mutating func handle(
        _ event: Event, at time: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        switch (state, event) {
        case (.idle, .started):
            return connect(after: .zero, at: time)

        case (.connecting, .opened):
            state = .streaming(since: time)
            wasHeard = true
            hasDelivered = false
            hasCorrectedClock = false
            announcement = nil
            return .read

        case (.streaming, .delivered):
            hasDelivered = true
            return .read

        case (.streaming, .announced(let disconnect)):
            // A second one comes too late to change what the first one means.
            announcement = announcement ?? disconnect
            return .close(within: Self.closingTime)

        case (.streaming(let since), .lost(let lastByteAt, let isOrderly)):
            return resume(
                since: since, lastByteAt: lastByteAt, isOrderly: isOrderly, at: time,
                using: &generator)

        case (.connecting, .lost):
            return backOff(.transport, at: time, using: &generator)

        case (.connecting, .refused(let refusal)):
            return recover(from: refusal, at: time, using: &generator)

        case (.streaming(let since), .replaced(let lastByteAt)):
            noteGap(hasSurvived: ReconnectPolicy.hasSurvived(since, lastByteAt), lastByteAt)
            return connect(after: .zero, at: time)

        case (.connecting, .replaced):
            return connect(after: .zero, at: time)

        case (.standingOff(let standoff), .listed(let listing)):
            return goOn(standoff, listing, at: time)

        case (.connecting, .delivered), (.connecting, .announced), (.streaming, .refused),
            (.halted, _):
            return .ignore

        case (.idle, _), (_, .started), (_, .opened), (_, .listed), (.standingOff, _):
            preconditionFailure("\(event) cannot follow \(state)")
        }
    }

    /// What follows the end of a connection that had come about.
    private mutating func resume(
        since: ContinuousClock.Instant, lastByteAt: ContinuousClock.Instant, isOrderly: Bool,
        at time: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> Action {
        noteLoss(since: since, lastByteAt: lastByteAt)
        let hasRival = conflict.connectionEnded(
            age: since.duration(to: lastByteAt),
            isAnnounced: announcement?.consequence == .conflict,
            isUnexplained: mayHaveRivals && isOrderly && announcement == nil)
        isYielding = false
        if announcement?.consequence == .revoked {
            return backOff(.standing, at: time, using: &generator)
        }
        isYielding = hasRival
        if hasRival {
            let wait = conflict.yieldWait(
                isSuspected: announcement?.consequence != .conflict, using: &generator)
            return standOff(for: wait, atMost: ConnectionConflict.yieldMax, at: time)
        }
        guard hasReconnectedAtOnce else {
            hasReconnectedAtOnce = true
            return connect(after: .zero, at: time)
        }
        return backOff(.transport, at: time, using: &generator)
    }

    private mutating func recover(
        from refusal: StreamRefusal, at time: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        if mayBeBackfill(refusal) {
            allowsBackfill = false
            return connect(after: .zero, at: time, change: .backfillDropped)
        }
        if let offset = skew(of: refusal) {
            clockCorrection = offset
            hasCorrectedClock = true
            return connect(after: .zero, at: time, change: .clockCorrected)
        }
        // A server that served it before may be half up, or its front end may be: a zone must not be
        // lost to one such answer.
        guard let kind = refusal.reason.failureKind ?? (wasHeard ? .standing : nil) else {
            state = .halted
            return .halt
        }
        let wait = wait(after: kind, serverWait: refusal.serverWait, using: &generator)
        guard refusal.reason == .tooManyConnections else { return connect(after: wait, at: time) }
        // Being refused harms nobody, so that a list may only shorten the wait.
        return standOff(
            for: wait, atMost: wait, askingAfter: ConnectionStandoff.ownEndNoticed, at: time)
    }

    /// Leaves the stream to another client for a while.
    private mutating func standOff(
        for wait: Duration, atMost waitMax: Duration, askingAfter delay: Duration = .zero,
        at time: ContinuousClock.Instant
    ) -> Action {
        // A list that named nobody, and a connection that failed all the same: it does not tell.
        guard canInquire, !reliedOnListing else {
            reliedOnListing = false
            return connect(after: wait, at: time)
        }
        state = .standingOff(ConnectionStandoff(resumeAt: time + wait, endAt: time + waitMax))
        return inquire(after: delay, at: time)
    }

    private mutating func goOn(
        _ standoff: ConnectionStandoff, _ listing: ConnectionListing?,
        at time: ContinuousClock.Instant
    ) -> Action {
        var standoff = standoff
        switch standoff.verdict(on: listing, at: time) {
        case .ask:
            state = .standingOff(standoff)
            return inquire(after: .zero, at: time)
        case .go:
            reliedOnListing = listing != nil && time < standoff.resumeAt
            return connect(after: .zero, at: time)
        }
    }

    private mutating func inquire(
        after delay: Duration, at time: ContinuousClock.Instant
    ) -> Action {
        let asked = max(nextInquiry ?? time, time + delay)
        nextInquiry = asked + ConnectionStandoff.inquiryInterval
        return .inquire(after: time.duration(to: asked))
    }

    /// Accounts without back-fill are refused for the parameter alone.
    private func mayBeBackfill(_ refusal: StreamRefusal) -> Bool {
        asksBackfill && (refusal.status == 400 || refusal.status == 403)
    }

    /// The clock's error, if it may be why a request was refused, once per connection.
    private func skew(of refusal: StreamRefusal) -> Duration? {
        guard isTimed, refusal.reason == .unauthorized, !hasCorrectedClock,
            let offset = refusal.clockOffset
        else { return nil }
        return Self.isSkewed(by: offset - clockCorrection) ? offset : nil
    }

    /// Whether a clock that is `error` off explains why a signed request was refused.
    static func isSkewed(by error: Duration) -> Bool {
        max(error, .zero - error) >= clockSkewMin
    }

    private mutating func noteLoss(
        since: ContinuousClock.Instant, lastByteAt: ContinuousClock.Instant
    ) {
        let hasSurvived = ReconnectPolicy.hasSurvived(since, lastByteAt)
        if hasDelivered || hasSurvived {
            failures = [:]
            hasReconnectedAtOnce = false
            reliedOnListing = reliedOnListing && !hasSurvived
        }
        noteGap(hasSurvived: hasSurvived, lastByteAt)
    }

    /// What is asked for again comes first, so that a connection which did not last may have brought
    /// the beginning of the gap and nothing else.
    private mutating func noteGap(hasSurvived: Bool, _ lastByteAt: ContinuousClock.Instant) {
        let hasEnded = hasSurvived || hasDelivered && !asksBackfill
        gapBegan = hasEnded ? lastByteAt : gapBegan ?? lastByteAt
    }

    private mutating func backOff(
        _ kind: ReconnectPolicy.FailureKind, at time: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        connect(after: wait(after: kind, using: &generator), at: time)
    }

    private mutating func wait(
        after kind: ReconnectPolicy.FailureKind, serverWait: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        failures[kind, default: 0] += 1
        return policy.delay(
            after: kind, attempt: failures[kind, default: 1], serverWait: serverWait,
            using: &generator)
    }

    private mutating func connect(
        after delay: Duration, at time: ContinuousClock.Instant, change: Change? = nil
    ) -> Action {
        state = .connecting
        return .connect(after: time.duration(to: budget.book(at: time + delay)), change: change)
    }

    private func backfillMinutes(at time: ContinuousClock.Instant) -> Int? {
        guard allowsBackfill, let gapBegan else { return nil }
        let minutes = (gapBegan.duration(to: time) + Self.backfillMargin) / .seconds(60)
        return min(max(Int(minutes.rounded(.up)), 1), Self.backfillMinutesMax)
    }
}
