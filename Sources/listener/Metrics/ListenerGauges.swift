import CoreMetrics
import Shared

/// What is looked up when somebody asks for the metrics, and not before.
///
/// Used from one thread alone: counters that are known as a total are set by two steps.
struct ListenerGauges: Sendable {
    private let status: ListenerStatus
    private let spool: Spool?
    private let factory: any MetricsFactory

    /// - Parameter spool: nil where nothing is shipped.
    init(_ status: ListenerStatus, spool: Spool?, factory: any MetricsFactory) {
        self.status = status
        self.spool = spool
        self.factory = factory
        let version = [("version", BuildVersion.text)]
        Meter(label: "listener_build_info", dimensions: version, factory: factory).set(1)
        set("process_start_time_seconds", Self.seconds(.now))
    }

    func update() {
        let facts = status.facts()
        set("listener_connection_state", facts.isConnected ? 1 : 0)
        total("listener_gap_seconds_total", facts.gap)
        if let time = status.lastRecordTime {
            set("listener_last_record_timestamp_seconds", Self.seconds(time))
        }
        if let time = status.lastByteTime {
            set("listener_last_heartbeat_timestamp_seconds", Self.seconds(time))
        }
        if let spool { update(spool) }
        if let room = facts.room { update(room) }
        if let peers = facts.peers {
            set("listener_peers_compared", Double(peers.compared))
            set("listener_peer_share", peers.worst?.share ?? 1)
        }
        total("process_cpu_seconds_total", ProcessUsage.cpu)
        if let bytes = ProcessUsage.residentBytes {
            set("process_resident_memory_bytes", Double(bytes))
        }
    }

    /// A directory that cannot be read leaves the last values.
    private func update(_ spool: Spool) {
        set("listener_active_segment_bytes", Double(status.activeSegmentBytes))
        if let pending = try? spool.sealed() {
            let oldest = pending.first.map { Self.seconds($0.start) }
            set("listener_segments_pending", Double(pending.count))
            set("listener_oldest_pending_segment_timestamp_seconds", oldest ?? 0)
        }
        if let count = try? spool.quarantinedCount() {
            set("listener_segments_quarantined", Double(count))
        }
    }

    private func update(_ room: ListenerStatus.Room) {
        set("listener_spool_bytes", Double(room.bytes))
        set("listener_spool_capacity_bytes", Double(room.capacityBytes))
        set("listener_disk_free_bytes", Double(room.freeBytes))
        set("listener_disk_paused", room.isPaused ? 1 : 0)
    }

    private func set(_ name: String, _ value: Double) {
        Meter(label: name, factory: factory).set(value)
    }

    private func total(_ name: String, _ value: Duration) {
        let counter = FloatingPointCounter(label: name, factory: factory)
        counter.reset()
        counter.increment(by: value.inSeconds)
    }

    private static func seconds(_ time: Timestamp) -> Double { Double(time.milliseconds) / 1000 }
}
