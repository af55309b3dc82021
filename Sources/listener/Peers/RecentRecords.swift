import Shared
import Synchronization

/// ``RecentMinutes`` of this listener: fed by the capture thread, read by whoever asks.
final class RecentRecords: Sendable {
    private let minutes = Mutex(RecentMinutes())

    // MARK: What the capture thread says

    func connected(_ opening: ConnectionOpening, at time: Timestamp) {
        minutes.withLock { $0.connected(opening, at: time) }
    }

    func disconnected() {
        minutes.withLock { $0.disconnected() }
    }

    /// Other posts come from now on.
    func select(_ selection: String?, at time: Timestamp) {
        minutes.withLock { $0.select(selection, at: time) }
    }

    /// Called for each record.
    func came(_ id: TweetID, at time: Timestamp) {
        minutes.withLock { $0.count(id, at: time) }
    }

    // MARK: What is read

    /// What a zone would say of itself at `time`, by our clock.
    func beacon(
        stream: String, zone: Zone, instance: ListenerInstance, at time: Timestamp
    ) -> Beacon {
        let minutes = minutes.withLock { $0 }
        return Beacon(
            stream: stream, zone: zone, instance: instance, selection: minutes.selection,
            at: minutes.corrected(time), connected: minutes.isConnected,
            minutes: minutes.whole(at: time))
    }

    /// The number of the minute that was whole last, which changes when a beacon has news.
    func lastWholeMinute(at time: Timestamp) -> Int64 {
        minutes.withLock { $0.lastWholeMinute(at: time) }
    }
}
