import Shared
import Synchronization

/// What this zone would say of itself now, and what the others said last.
final class PeerBoard: Sendable {
    let zone: Zone
    private let stream: String
    private let instance: ListenerInstance
    private let recent: RecentRecords
    private let peers = Mutex<[Beacon]>([])

    init(stream: String, zone: Zone, instance: ListenerInstance, recent: RecentRecords) {
        self.stream = stream
        self.zone = zone
        self.instance = instance
        self.recent = recent
    }

    func own(at time: Timestamp = .now) -> Beacon {
        recent.beacon(stream: stream, zone: zone, instance: instance, at: time)
    }

    /// Changes when there is something to publish.
    func turn(at time: Timestamp = .now) -> Int64 { recent.lastWholeMinute(at: time) }

    func heard(_ beacons: [Beacon]) {
        peers.withLock { $0 = beacons }
    }

    func facts(at time: Timestamp = .now) -> ListenerStatus.Peers {
        let beacons = peers.withLock { $0 }
        let found = PeerComparison.worst(own(at: time), among: beacons)
        return ListenerStatus.Peers(
            known: beacons.count, compared: found?.compared ?? 0, worst: found?.worst)
    }
}
