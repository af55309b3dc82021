import Shared

/// How times that a listener measured are turned into tweet time: `docs/COVERAGE.md`, "Rules".
///
/// A post made at a moment is delivered somewhat later, and a listener's clock is known to a second
/// or so. Covered is only what was delivered for certain all the same.
struct CoverageRules: Equatable, Sendable {
    /// How long after a post was made it may be delivered.
    var deliveryLag = Self.deliveryLagDefault

    /// X: the filtered stream delivers 99 of 100 posts within 6 to 7 seconds
    /// (docs.x.com, "Consuming streaming data").
    static let deliveryLagDefault = Duration.seconds(7)

    /// X's high-volume streams deliver 99 of 100 posts within a minute (the same page); what is much
    /// longer is no lag.
    static let deliveryLagMax = Duration.seconds(3600)

    /// The `Date` of an answer has whole seconds (RFC 9110, 5.6.7), and travels a while.
    static let checkedClockDoubt = Duration.seconds(1)

    /// Of a clock that nothing was compared with. One that is kept by NTP is off by far less; one
    /// that is not may be off by any time, which nothing here can know.
    static let uncheckedClockDoubt = Duration.seconds(60)

    /// How long a connection without a line shows that no back-fill is under way: X sends one at once,
    /// and keep-alives at most 20 seconds apart only where it has nothing to send; without either the
    /// listener leaves after 30.
    static let quietBackfill = Duration.seconds(60)

    /// What to add to a listener's times, and how far the sum may be off.
    struct Correction: Equatable {
        var offset: Duration
        var doubt: Duration
    }

    /// A clock that was never set says 1970: what is measured is used, however much it is.
    private static let offsetMax = Duration.seconds(100 * 366 * 86_400)

    static func correction(_ clock: SegmentManifest.ClockFacts) -> Correction {
        let bound = offsetMax.wholeMilliseconds
        return Correction(
            offset: .milliseconds(min(max(clock.offsetMs, -bound), bound)),
            doubt: clock.basis == .dateHeader ? checkedClockDoubt : uncheckedClockDoubt)
    }
}
