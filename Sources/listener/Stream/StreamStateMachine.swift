/// Decides when to connect, and when to stop trying.
///
/// Events come in, actions go out. It has no clock, no randomness and no socket of its own: whoever
/// performs the actions passes them in.
struct StreamStateMachine: Sendable {
    enum Event: Equatable {
        case started
        /// Status 200.
        case opened
        /// Bytes that are more than a keep-alive.
        case delivered
        /// No connection came about, or the one there was is over: closed, failed or stalled.
        /// - Parameter lastByteAt: of the connection, or when it was opened.
        case lost(lastByteAt: ContinuousClock.Instant)
        /// A status other than 200.
        case refused(StreamRefusal)
        /// Something else is asked for from now on, and what was going on is over.
        case replaced(lastByteAt: ContinuousClock.Instant)
    }

    enum Action: Equatable {
        /// Begin an attempt, for which ``StreamStateMachine/attempt(at:)`` says what to ask.
        case connect(after: Duration, change: Change? = nil)
        case read
        /// The refusal is final.
        case halt
        /// A report on a connection that was given up in the meantime.
        case ignore
    }

    /// What makes the next attempt differ from the one that was refused.
    enum Change: Equatable {
        case clockCorrected
        case backfillDropped
    }

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
        case halted
    }

    private let policy: ReconnectPolicy
    private let isTimed: Bool
    private var allowsBackfill: Bool

    private var state = State.idle
    private var budget = AttemptBudget()
    private var failures: [ReconnectPolicy.FailureKind: Int] = [:]
    private var hasReconnectedAtOnce = false
    private var hasDelivered = false
    private var clockCorrection = Duration.zero
    private var hasCorrectedClock = false
    private var gapBegan: ContinuousClock.Instant?
    private var asksBackfill = false

    /// - Parameters:
    ///   - isTimed: requests are signed with a time, so that a wrong clock is a reason for 401.
    ///   - allowsBackfill: the account may ask for missed posts.
    init(
        policy: ReconnectPolicy = ReconnectPolicy(), isTimed: Bool = false,
        allowsBackfill: Bool = false
    ) {
        self.policy = policy
        self.isTimed = isTimed
        self.allowsBackfill = allowsBackfill
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
            hasDelivered = false
            hasCorrectedClock = false
            return .read

        case (.streaming, .delivered):
            hasDelivered = true
            return .read

        case (.streaming(let since), .lost(let lastByteAt)):
            noteLoss(since: since, lastByteAt: lastByteAt)
            guard hasReconnectedAtOnce else {
                hasReconnectedAtOnce = true
                return connect(after: .zero, at: time)
            }
            return backOff(.transport, at: time, using: &generator)

        case (.connecting, .lost):
            return backOff(.transport, at: time, using: &generator)

        case (.connecting, .refused(let refusal)):
            return recover(from: refusal, at: time, using: &generator)

        case (.streaming, .replaced(let lastByteAt)):
            gapBegan = lastByteAt
            return connect(after: .zero, at: time)

        case (.connecting, .replaced):
            return connect(after: .zero, at: time)

        case (.connecting, .delivered), (.streaming, .refused), (.halted, _):
            return .ignore

        case (.idle, _), (_, .started), (.streaming, .opened):
            preconditionFailure("\(event) cannot follow \(state)")
        }
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
        guard let kind = refusal.reason.failureKind else {
            state = .halted
            return .halt
        }
        return backOff(kind, serverWait: refusal.serverWait, at: time, using: &generator)
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
        let hasSurvived = since.duration(to: lastByteAt) >= ReconnectPolicy.survivalAge
        if hasDelivered || hasSurvived {
            failures = [:]
            hasReconnectedAtOnce = false
            gapBegan = lastByteAt
        } else {
            gapBegan = gapBegan ?? lastByteAt
        }
    }

    private mutating func backOff(
        _ kind: ReconnectPolicy.FailureKind, serverWait: Duration? = nil,
        at time: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> Action {
        failures[kind, default: 0] += 1
        let delay = policy.delay(
            after: kind, attempt: failures[kind, default: 1], serverWait: serverWait,
            using: &generator)
        return connect(after: delay, at: time)
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

extension StreamRefusal.Reason {
    /// Nil for what waiting cannot change.
    fileprivate var failureKind: ReconnectPolicy.FailureKind? {
        switch self {
        case .malformedRequest, .redirected: nil
        case .unauthorized, .forbidden: .standing
        case .noRules: .awaitingRules
        case .tooManyConnections, .rateLimited: .rateLimited
        case .usageCapped: .usageCapped
        case .unavailable: .http
        }
    }
}
