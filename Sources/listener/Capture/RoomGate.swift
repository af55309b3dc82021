import Logging
import Shared

/// Looks from time to time whether there is room, and tells when capture pauses and goes on. Used
/// from the capture thread alone.
struct RoomGate {
    enum Change: Equatable {
        case pause
        case resume
    }

    /// While it is full the operator is told again this often: twice in a shift's hour is enough
    /// for a log that somebody reads later.
    static let reminderInterval = Duration.seconds(1800)
    /// A longer sync interval must delay neither the beginning of a pause, since what comes meanwhile
    /// is written, nor its end.
    static let lookMax = Duration.seconds(1)

    private let room: SpoolRoom
    /// What messages begin with.
    private let subject: String
    private let interval: Duration
    private let logger: Logger
    private(set) var nextLook = ContinuousClock.now
    private var pausedAt: ContinuousClock.Instant?
    private var reminderAt = ContinuousClock.now

    /// - Parameter interval: between two looks, which are never more than ``lookMax`` apart.
    init(_ room: SpoolRoom, subject: String, interval: Duration, logger: Logger) {
        self.room = room
        self.subject = subject
        self.interval = min(interval, Self.lookMax)
        self.logger = logger
    }

    var isPaused: Bool { pausedAt != nil }

    /// - Returns: what capture must do now, if anything.
    mutating func look(at now: ContinuousClock.Instant) -> Change? {
        guard now >= nextLook else { return nil }
        let measure = room.measure()
        defer {
            nextLook = now.advanced(by: interval)
        }
        switch (measure.isFull, pausedAt) {
        case (true, nil):
            pausedAt = now
            reminderAt = now.advanced(by: Self.reminderInterval)
            logger.error("\(subject): \(words(measure)): the stream waits: \(advice(measure))")
            return .pause
        case (true, .some(let start)):
            guard now >= reminderAt else { return nil }
            reminderAt = now.advanced(by: Self.reminderInterval)
            logger.error(
                """
                \(subject): \(words(measure)): the stream has waited for \
                \(start.duration(to: now).readable): \(advice(measure))
                """)
            return nil
        case (false, .some(let start)):
            pausedAt = nil
            logger.warning(
                """
                \(subject): there is room again: the stream goes on after \
                \(start.duration(to: now).readable)
                """)
            return .resume
        case (false, nil):
            return nil
        }
    }

    /// Waits where there is no room for a first file.
    ///
    /// - Returns: false where a stop was asked for meanwhile.
    mutating func waitForRoom(
        _ source: any StreamSource, _ control: CaptureControl, _ heartbeat: CaptureHeartbeat? = nil
    ) -> Bool {
        while !control.isStopAsked {
            heartbeat?.tick(at: .now)
            _ = look(at: .now)
            guard isPaused else { return true }
            source.rest(until: nextLook)
        }
        return false
    }

    private func words(_ measure: SpoolRoom.Measure) -> String {
        var words: [String] = []
        if room.policy.isAtCap(used: measure.usedBytes, wasFull: true) {
            words.append(
                "it holds \(ByteCount(bytes: measure.usedBytes)) of "
                    + "\(ByteCount(bytes: measure.capBytes)) (LISTENER_SPOOL_BYTES)")
        }
        if room.policy.isAtFloor(free: measure.freeBytes, wasFull: true) {
            words.append(
                "its disk has \(ByteCount(bytes: measure.freeBytes)) free, and "
                    + "\(ByteCount(bytes: measure.floorBytes)) must stay so (LISTENER_FREE_BYTES)")
        }
        return words.joined(separator: "; ")
    }

    private func advice(_ measure: SpoolRoom.Measure) -> String {
        let quarantine =
            measure.quarantinedBytes > 0
            ? "; \(ByteCount(bytes: measure.quarantinedBytes)) of it lie in quarantine/ for a "
                + "person to look at" : ""
        return "free some space, or give it more; shipping goes on and frees what the store "
            + "confirms\(quarantine)"
    }
}
