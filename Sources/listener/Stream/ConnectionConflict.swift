/// Keeps listeners that share one credential from throwing each other off the stream for ever.
///
/// Where the server lets the newest connection in and cuts the oldest, each that comes back evicts
/// another. So the one that was evicted yields, for longer each time, and forgets that it did only
/// after a connection that no rival can have left alone so long: a rival of this kind comes back
/// after ``yieldMax`` and its jitter at the latest. Two such machines then evict each other some 15
/// times on the first day and 4 times a day from then on, and one of them is always connected.
struct ConnectionConflict: Sendable {
    /// A restart of the other, or a person's trial, is over by then.
    static let yieldFloor = Duration.seconds(300)
    /// Four attempts a day: the loser is back within hours of the end of its rival.
    static let yieldMax = Duration.seconds(21_600)
    static let settledAge = yieldMax * 2

    /// Where nobody said that there is a rival, it may be a server in trouble: then all zones yield
    /// at once, and what is posted until they are back is lost.
    static let suspicionMax = Duration.seconds(900)

    /// Connections in a row that the server ended before ``ReconnectPolicy/survivalAge``, in good
    /// order and without a reason, and that make a rival likelier than a server in trouble, whose
    /// front ends drop a few.
    static let youngEndsMax = 10
    /// The same after having yielded once: the suspicion stands already.
    static let youngEndsMaxOnceYielded = 2

    private var yields = 0
    private var youngEnds = 0
    /// No server ever said that there is a rival.
    private var isOnlySuspected = true

    /// Notes the end of a connection that was `age` old, and says whether a rival explains it.
    ///
    /// A suspicion does not outlive a connection that survived: with a rival the others would not.
    ///
    /// - Parameters:
    ///   - isAnnounced: the server said that another client uses the credential.
    ///   - isUnexplained: the server closed it in good order and did not say why, as it does for a
    ///     rival; not so where it broke or stalled.
    mutating func connectionEnded(
        age: Duration, isAnnounced: Bool, isUnexplained: Bool = true
    ) -> Bool {
        let hasSurvived = age >= ReconnectPolicy.survivalAge
        if age >= Self.settledAge || (hasSurvived && isOnlySuspected) {
            (yields, isOnlySuspected) = (0, true)
        }
        if hasSurvived { youngEnds = 0 } else if isUnexplained { youngEnds += 1 }
        let limit = yields == 0 ? Self.youngEndsMax : Self.youngEndsMaxOnceYielded
        return isAnnounced || (isUnexplained && youngEnds >= limit)
    }

    /// How long to yield, jitter included.
    ///
    /// - Parameter isSuspected: the rival was not announced.
    mutating func yieldWait(
        isSuspected: Bool = false, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let ceiling = isSuspected ? Self.suspicionMax : Self.yieldMax
        let wait = min(Self.yieldFloor * (1 << min(yields, 16)), ceiling)
        yields += 1
        youngEnds = 0
        isOnlySuspected = isOnlySuspected && isSuspected
        let jitter = ReconnectPolicy.jitter
        return wait * (1 + Double.random(in: -jitter...jitter, using: &generator))
    }
}
