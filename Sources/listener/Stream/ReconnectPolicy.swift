/// How long to wait before connecting again, by kind of failure.
///
/// Floors and steps are the ones that X publishes under "Handling disconnections", as are the
/// ceilings of `transport` and `http`; X publishes no ceiling for `rateLimited`, and ours is just
/// past one 15-minute rate-limit window.
struct ReconnectPolicy: Sendable {
    enum FailureKind: Equatable {
        /// TCP, TLS or DNS failed, or a connection was lost for the second time in a row.
        case transport
        /// An HTTP status that may pass.
        case http
        /// 420 or 429, except for a usage cap.
        case rateLimited
        /// The plan's posts are used up: no use in asking sooner.
        case usageCapped
        /// A status that only a person or another service changes, but that ends by itself then.
        case standing
        /// 409: no rules. They take effect within about 20 s of being set.
        case awaitingRules
    }

    static let transportStep = Duration.milliseconds(250)
    static let transportMax = Duration.seconds(16)
    static let httpFloor = Duration.seconds(5)
    static let httpMax = Duration.seconds(320)
    static let rateLimitedFloor = Duration.seconds(60)
    static let rateLimitedMax = Duration.seconds(960)
    static let awaitingRulesDelay = Duration.seconds(30)

    /// A wait that a server asks for is not taken beyond this: X's windows are 15 minutes, and an
    /// absurd value must not silence a zone for a day.
    static let serverWaitMax = Duration.seconds(960)

    /// Zones that fail together come back apart: each wait is multiplied by 1 - this to 1 + this.
    static let jitter = 0.2

    /// A connection of this age has proved itself, and so has one that delivered a post; status 200
    /// proves nothing, since a server may accept and close at once for ever.
    static let survivalAge = Duration.seconds(60)

    static func hasSurvived(
        _ since: ContinuousClock.Instant, _ lastByteAt: ContinuousClock.Instant
    ) -> Bool {
        since.duration(to: lastByteAt) >= survivalAge
    }

    /// - Parameters:
    ///   - attempt: failures of the same kind since a connection last proved itself, from 1.
    ///   - serverWait: what the server asked for; the wait is never shorter than that, within
    ///     ``serverWaitMax``.
    func delay(
        after kind: FailureKind, attempt: Int, serverWait: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let spread = Double.random(in: -Self.jitter...Self.jitter, using: &generator)
        let ours = delay(after: kind, attempt: attempt) * (1 + spread)
        guard let serverWait else { return ours }
        let theirs = min(max(serverWait, .zero), Self.serverWaitMax) * (1 + abs(spread))
        return max(ours, theirs)
    }

    /// Without jitter.
    func delay(after kind: FailureKind, attempt: Int) -> Duration {
        precondition(attempt >= 1, "attempts are counted from 1, got \(attempt)")
        switch kind {
        case .transport:
            return min(Self.transportStep * attempt, Self.transportMax)
        case .http:
            return min(Self.httpFloor * doublings(attempt), Self.httpMax)
        case .rateLimited:
            return min(Self.rateLimitedFloor * doublings(attempt), Self.rateLimitedMax)
        case .usageCapped:
            return Self.rateLimitedMax
        case .standing:
            return Self.httpMax
        case .awaitingRules:
            return Self.awaitingRulesDelay
        }
    }

    private func doublings(_ attempt: Int) -> Int {
        1 << min(attempt - 1, 16)
    }
}
