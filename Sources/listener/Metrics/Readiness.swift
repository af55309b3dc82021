import Shared

/// Whether the listener does what it is there for, and whether it is alive at all.
///
/// Alive: the capture loop comes around. Ready: posts can arrive, be kept and be shipped.
struct Readiness: Sendable {
    struct Condition: Equatable, Sendable {
        var name: String
        var holds: Bool
        var why: String
    }

    /// The loop comes around at least every second; only a disk that hangs or a log that nobody
    /// reads holds it up for so long. A slow fsync takes seconds.
    static let tickAgeMax = Duration.seconds(30)

    /// A store that took something so lately is not called down for one failure: the shipper waits
    /// 60 s between attempts at most, so four in a row have failed by then.
    static let storeSuccessAgeMax = Duration.seconds(300)

    /// How long a connection may be silent: the stall timeout, after which the source drops it by
    /// itself. Nil for a pipe, which may be silent for ever.
    var silenceMax: Duration?
    /// How long a stream may bring keep-alives alone. Nil for a pipe.
    var quietMax: Duration?
    /// False with an output file.
    var ships: Bool

    func isAlive(_ facts: ListenerStatus.Facts) -> Condition {
        guard let age = facts.tickAge else {
            return Condition(name: "capture", holds: false, why: "the capture loop has not begun")
        }
        return Condition(
            name: "capture", holds: age < Self.tickAgeMax,
            why: "the capture loop last came around \(age.readable) ago")
    }

    func conditions(_ facts: ListenerStatus.Facts) -> [Condition] {
        [isAlive(facts), stream(facts)] + (ships ? [store(facts), spool(facts), peers(facts)] : [])
    }

    private func stream(_ facts: ListenerStatus.Facts) -> Condition {
        guard facts.isConnected, let age = facts.byteAge else {
            return Condition(name: "stream", holds: false, why: "not connected")
        }
        if let quietMax, let quiet = facts.quietAge, quiet > quietMax {
            return Condition(
                name: "stream", holds: false,
                why: "connected, and no record came for \(quiet.readable)")
        }
        return Condition(
            name: "stream", holds: silenceMax.map { age <= $0 } ?? true,
            why: "connected, the last byte came \(age.readable) ago")
    }

    private func store(_ facts: ListenerStatus.Facts) -> Condition {
        func condition(_ holds: Bool, _ why: String) -> Condition {
            Condition(name: "store", holds: holds, why: why)
        }
        guard let failure = facts.storeFailureAge else {
            return condition(true, "no attempt has failed")
        }
        guard let success = facts.storeSuccessAge else {
            return condition(
                false, "no attempt has succeeded, the last was \(failure.readable) ago")
        }
        if success <= failure { return condition(true, "the last attempt succeeded") }
        return condition(
            success <= Self.storeSuccessAgeMax,
            "attempts fail; the last that succeeded was \(success.readable) ago")
    }

    /// A view is only called partial by another zone that has the whole one.
    private func peers(_ facts: ListenerStatus.Facts) -> Condition {
        func condition(_ holds: Bool, _ why: String) -> Condition {
            Condition(name: "peers", holds: holds, why: why)
        }
        guard let peers = facts.peers, peers.known > 0 else {
            return condition(true, "no other zone is known")
        }
        guard let worst = peers.worst else {
            return condition(true, "none of \(peers.known) other zones can be compared with now")
        }
        return condition(!worst.isPartial, "\(worst)")
    }

    private func spool(_ facts: ListenerStatus.Facts) -> Condition {
        func condition(_ holds: Bool, _ why: String) -> Condition {
            Condition(name: "spool", holds: holds, why: why)
        }
        guard let room = facts.room else { return condition(true, "no limit is known") }
        if room.isPaused { return condition(false, "capture is paused for want of room") }
        let bytes = ByteCount(bytes: room.bytes)
        return condition(
            room.bytes < room.capacityBytes, "\(bytes) of \(ByteCount(bytes: room.capacityBytes))")
    }
}
