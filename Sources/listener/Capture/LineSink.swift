import Shared

/// Where captured lines go. Used from the capture thread alone.
///
/// Every failure is final: the sink may not be used again, and the process ends.
protocol LineSink: AnyObject {
    func append(_ line: UnsafeRawBufferPointer, _ scanned: ScannedLine) throws
    func appendOverlong(head: UnsafeRawBufferPointer, bytes: Int) throws
    /// Bare LFs became spaces in the lines appended last.
    func replacedLineFeeds(_ count: Int)
    func connected(_ opening: ConnectionOpening, at instant: ContinuousClock.Instant) throws
    /// Bytes came, if only a keep-alive.
    func heard(at instant: ContinuousClock.Instant)
    func disconnected(cause: String) throws

    /// When ``doDueWork(at:)`` has something to do; nil where nothing waits.
    var nextDue: ContinuousClock.Instant? { get }
    /// Syncs and rotates as far as it is time for it.
    func doDueWork(at instant: ContinuousClock.Instant) throws
    /// Somebody asked for a rotation.
    func rotate(at instant: ContinuousClock.Instant) throws
    /// The disk is full: what was taken is made durable and whole, and nothing more is taken.
    func pause(at instant: ContinuousClock.Instant) throws
    /// There is room again.
    func resume(at instant: ContinuousClock.Instant) throws
    /// What comes from here on was asked for differently.
    func select(_ source: SegmentManifest.SourceFacts, at instant: ContinuousClock.Instant) throws
    /// The stream is over: everything is made durable and whole.
    func finish(at instant: ContinuousClock.Instant) throws
}

/// How much of the sync interval may pass before a sync begins. What arrived is to be on the disk
/// within the interval; the rest of it is the disk's.
private let syncShare = 0.9

extension LineSink {
    /// When a sync must begin that covers what came now.
    static func syncDue(within interval: Duration) -> ContinuousClock.Instant {
        .now.advanced(by: interval * syncShare)
    }
}
