import Synchronization

/// The time that requests are signed with: the machine's, corrected by what the store says.
final class S3Clock: Sendable {
    private let wallClock: @Sendable () -> Timestamp
    private let offset = Mutex(Duration.zero)

    init(_ wallClock: @escaping @Sendable () -> Timestamp) {
        self.wallClock = wallClock
    }

    var now: Timestamp {
        wallClock().advanced(by: offset.withLock { $0 })
    }

    /// How far the store's clock is ahead of the machine's, as last corrected.
    var correction: Duration { offset.withLock { $0 } }

    /// Makes ``now`` agree with the store's clock.
    func correct(to serverTime: Timestamp) {
        let difference = wallClock().duration(to: serverTime)
        offset.withLock { $0 = difference }
    }
}
