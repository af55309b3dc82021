import Shared
import Synchronization

/// How the listener is right now, as far as its threads have said. Written and read without a lock,
/// but for the counts that are compared with other zones'.
final class ListenerStatus: Sendable {
    /// What the spool takes and may take of its disk.
    struct Room: Sendable {
        var bytes: Int
        var capacityBytes: Int
        var freeBytes: Int
        var isPaused: Bool
    }

    /// What the beacons of other zones tell.
    struct Peers: Equatable, Sendable {
        /// Zones that have a beacon, however old, and how many of them could be compared with.
        var known = 0
        var compared = 0
        /// With the zone beside which this one sees least.
        var worst: PeerComparison?
    }

    /// What readiness and metrics are worked out from, at one moment.
    struct Facts: Sendable {
        /// Since the capture loop last came around; nil before it has begun.
        var tickAge: Duration?
        var isConnected = false
        /// Since the last byte of the connection, or since it was opened.
        var byteAge: Duration?
        /// Since the last record of the connection, or since it was opened.
        var quietAge: Duration?
        /// Since the store last took or told something, and since it last did not.
        var storeSuccessAge: Duration?
        var storeFailureAge: Duration?
        var room: Room?
        /// Nil where nothing is shipped.
        var peers: Peers?
        var gap = Duration.zero
    }

    private let origin = ContinuousClock.now
    private let tick = AtomicMoment()
    private let byte = AtomicMoment()
    private let quietSince = AtomicMoment()
    private let storeSuccess = AtomicMoment()
    private let storeFailure = AtomicMoment()
    private let isConnected = Atomic(false)
    /// Nanoseconds of gaps that are over, and when the one that is not began, since `origin`.
    private let gaps = Atomic<Int64>(0)
    private let gapBegan = Atomic<Int64>(0)
    private let roomProbe = Mutex<(@Sendable () -> Room)?>(nil)
    private let peerProbe = Mutex<(@Sendable () -> Peers)?>(nil)
    /// Locked for each record, by nobody else but once a minute or a question.
    let recent = RecentRecords()

    /// Milliseconds since 1970; 0 for never.
    private let byteTime = Atomic<Int64>(0)
    private let recordTime = Atomic<Int64>(0)
    private let turnTime = Atomic<Int64>(Timestamp.now.milliseconds)
    private let recordCount = Atomic<Int64>(0)
    private let activeBytes = Atomic<Int>(0)

    // MARK: What the capture thread says

    func ticked(at instant: ContinuousClock.Instant) {
        tick.set(nanoseconds(to: instant))
    }

    func byteCame() {
        byte.set(nanoseconds(to: .now))
        byteTime.store(Timestamp.now.milliseconds, ordering: .relaxed)
    }

    /// It came with the bytes that were announced last.
    func recordCame(_ id: TweetID) {
        quietSince.set(byte.value ?? 0)
        recordTime.store(byteTime.load(ordering: .relaxed), ordering: .relaxed)
        recordCount.wrappingAdd(1, ordering: .relaxed)
        recent.came(
            id, at: Timestamp(milliseconds: byteTime.load(ordering: .relaxed)))
    }

    func connected(_ opening: ConnectionOpening) {
        recent.connected(opening, at: .now)
        let now = nanoseconds(to: .now)
        byte.set(now)
        quietSince.set(now)
        gaps.wrappingAdd(max(0, now - gapBegan.load(ordering: .relaxed)), ordering: .relaxed)
        turn(isConnected: true)
    }

    /// The gap began with the last byte, not when its absence was noticed.
    func disconnected() {
        guard isConnected.load(ordering: .relaxed) else { return }
        recent.disconnected()
        gapBegan.store(byte.value ?? 0, ordering: .relaxed)
        turn(isConnected: false)
    }

    func activeSegment(bytes: Int) {
        activeBytes.store(bytes, ordering: .relaxed)
    }

    private func turn(isConnected: Bool) {
        turnTime.store(Timestamp.now.milliseconds, ordering: .relaxed)
        self.isConnected.store(isConnected, ordering: .releasing)
    }

    // MARK: What the shipper says

    func storeAnswered() {
        storeSuccess.set(nanoseconds(to: .now))
    }

    func storeFailed() {
        storeFailure.set(nanoseconds(to: .now))
    }

    /// Who knows the disk says here how it is to be asked.
    func watchRoom(_ probe: @escaping @Sendable () -> Room) {
        roomProbe.withLock { $0 = probe }
    }

    /// Who knows the other zones says here how they are to be compared with.
    func watchPeers(_ probe: @escaping @Sendable () -> Peers) {
        peerProbe.withLock { $0 = probe }
    }

    // MARK: What is read

    var lastByteTime: Timestamp? { Self.time(byteTime) }
    var lastRecordTime: Timestamp? { Self.time(recordTime) }
    var records: Int64 { recordCount.load(ordering: .relaxed) }
    var activeSegmentBytes: Int { activeBytes.load(ordering: .relaxed) }

    /// - Parameters:
    ///   - instant: the moment that ages are counted to.
    ///   - asksProbes: false where a disk that hangs must not hold up the answer, which needs nothing
    ///     but what the threads said.
    func facts(at instant: ContinuousClock.Instant = .now, asksProbes: Bool = true) -> Facts {
        let now = nanoseconds(to: instant)
        let isConnected = isConnected.load(ordering: .acquiring)
        let gap = gaps.load(ordering: .relaxed)
        let running = isConnected ? 0 : max(0, now - gapBegan.load(ordering: .relaxed))
        return Facts(
            tickAge: tick.age(at: now), isConnected: isConnected, byteAge: byte.age(at: now),
            quietAge: quietSince.age(at: now),
            storeSuccessAge: storeSuccess.age(at: now), storeFailureAge: storeFailure.age(at: now),
            room: asksProbes ? roomProbe.withLock { $0 }?() : nil,
            peers: asksProbes ? peerProbe.withLock { $0 }?() : nil, gap: .nanoseconds(gap + running)
        )
    }

    /// For `systemctl status`.
    func line(pending: Int?) -> String {
        let isConnected = isConnected.load(ordering: .acquiring)
        let since = Timestamp(milliseconds: turnTime.load(ordering: .relaxed))
        let state = isConnected ? "connected" : "not connected"
        let segments = pending.map { ", \($0) segments wait for the store" } ?? ""
        return "\(state) since \(since), \(records) records\(segments)"
    }

    private static func time(_ milliseconds: borrowing Atomic<Int64>) -> Timestamp? {
        let value = milliseconds.load(ordering: .relaxed)
        return value == 0 ? nil : Timestamp(milliseconds: value)
    }

    private func nanoseconds(to instant: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = origin.duration(to: instant).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// A moment of the monotonic clock, in nanoseconds since some origin, that threads share.
private final class AtomicMoment: Sendable {
    private let nanoseconds = Atomic<Int64>(.min)

    func set(_ value: Int64) {
        nanoseconds.store(value, ordering: .relaxed)
    }

    var value: Int64? {
        let value = nanoseconds.load(ordering: .relaxed)
        return value == .min ? nil : value
    }

    func age(at now: Int64) -> Duration? {
        value.map { .nanoseconds(max(0, now - $0)) }
    }
}
