import Shared

/// Counts the records of the last hour by the minute, as zones can compare them: by the time that
/// an id carries, which is the same in every zone, whatever their clocks say and however late a
/// record came.
///
/// Only minutes count in which one connection was open all the time, and only what that connection
/// brought of its own time: posts of before, by a back-fill or sent again, would count twice.
struct RecentMinutes: Sendable {
    /// How many minutes are remembered: a stream of two records a minute can be judged by them.
    static let countMax = 60
    /// How long after its end a minute's records may still come: X's P99 is 6 to 7 s, and clocks of
    /// machines differ by seconds.
    static let lag = Duration.seconds(30)

    private static let minuteMs: Int64 = 60_000
    private static let windowMs = Int64(countMax) * minuteMs
    /// Minutes that are not whole yet, and those of ids a little ahead of our clock.
    private static let slotsBeyond = 4

    private struct Slot {
        /// Minutes since 1970.
        var minute: Int64 = -1
        var records = 0
    }

    private(set) var selection: String?
    /// From when on everything of now has come; nil while nothing does.
    private var since: Timestamp?
    /// The server's clock minus ours.
    private var clockOffsetMs: Int64 = 0
    /// By the minute modulo their number.
    private var slots = Self.emptySlots

    private static let emptySlots = [Slot](
        repeating: Slot(), count: countMax + slotsBeyond)

    var isConnected: Bool { since != nil }

    /// - Parameter opening: what a recovery brings is all of the past.
    mutating func connected(_ opening: ConnectionOpening, at time: Timestamp) {
        clockOffsetMs = opening.clockOffset?.wholeMilliseconds ?? 0
        begin(at: opening.kind == .recovery ? nil : time)
    }

    mutating func disconnected() {
        begin(at: nil)
    }

    /// Other posts come from now on.
    mutating func select(_ selection: String?, at time: Timestamp) {
        guard self.selection != selection else { return }
        self.selection = selection
        begin(at: isConnected ? time : nil)
    }

    private mutating func begin(at time: Timestamp?) {
        since = time.map { corrected($0) }
        slots = Self.emptySlots
    }

    mutating func count(_ id: TweetID, at time: Timestamp) {
        guard let since else { return }
        let now = corrected(time)
        let made = id.creationTime
        // Ids of other streams than X's carry no time, or have it at another place.
        let carriesTime = abs(made.milliseconds - now.milliseconds) < Self.windowMs
        let moment = carriesTime ? made : now
        // A server's clock may be of any year.
        guard moment >= since, moment.milliseconds >= 0 else { return }
        let minute = moment.milliseconds / Self.minuteMs
        let index = Int(minute % Int64(slots.count))
        if slots[index].minute < minute { slots[index] = Slot(minute: minute) }
        if slots[index].minute == minute { slots[index].records += 1 }
    }

    /// By the server's clock as far as that is known.
    func corrected(_ time: Timestamp) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + clockOffsetMs)
    }

    func lastWholeMinute(at time: Timestamp) -> Int64 {
        corrected(time).advanced(by: .zero - Self.lag).milliseconds / Self.minuteMs - 1
    }

    /// The minutes in which everything came that would, ascending.
    func whole(at time: Timestamp) -> [Beacon.Minute] {
        guard let since else { return [] }
        let last = lastWholeMinute(at: time)
        let minutes = max(0, last - Int64(Self.countMax) + 1)..<max(0, last + 1)
        return minutes.compactMap { minute in
            let start = Timestamp(milliseconds: minute * Self.minuteMs)
            guard start >= since else { return nil }
            let slot = slots[Int(minute % Int64(slots.count))]
            return Beacon.Minute(
                minute: start, records: slot.minute == minute ? slot.records : 0)
        }
    }
}
