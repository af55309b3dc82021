extension ListenerMetrics {
    /// Every metric of the listener. `docs/OPERATIONS.md` has the same table.
    static let families: [MetricFamily] = stream + segments + disk + peers + process

    private static let stream = [
        MetricFamily(
            "listener_records_received_total", .counter,
            "Lines received by kind: record, or the kind of a notice."),
        MetricFamily(
            "listener_unreadable_lines_total", .counter,
            "Lines received and stored that are not JSON or have no id at its place."),
        MetricFamily(
            "listener_overlong_lines_total", .counter,
            "Lines that were longer than the limit: cut off and kept in quarantine."),
        MetricFamily(
            "listener_replaced_line_feeds_total", .counter,
            "Bare line feeds inside of objects that were stored as spaces."),
        MetricFamily(
            "listener_bytes_received_total", .counter,
            "Bytes of the stream, decompressed, keep-alives included."),
        MetricFamily(
            "listener_last_record_timestamp_seconds", .gauge, "When the last record came."),
        MetricFamily(
            "listener_last_heartbeat_timestamp_seconds", .gauge,
            "When the last byte came, if only of a keep-alive."),
        MetricFamily(
            "listener_connection_state", .gauge, "1 while the stream is connected, else 0."),
        MetricFamily(
            "listener_connections_total", .counter, "Connections that the server accepted."),
        MetricFamily(
            "listener_reconnects_total", .counter,
            "Attempts that a lost connection or a refusal made necessary, by its reason."),
        MetricFamily(
            "listener_gap_seconds_total", .counter,
            "Time since the start in which the stream was not connected."),
        MetricFamily(
            "listener_buffer_full_total", .counter,
            "Times that the buffer between network and disk was full."),
    ]

    private static let segments = [
        MetricFamily(
            "listener_active_segment_bytes", .gauge, "Compressed bytes of the open segment."),
        MetricFamily("listener_segments_sealed_total", .counter, "Segments sealed."),
        MetricFamily(
            "listener_segments_pending", .gauge, "Sealed segments that the store has not confirmed."
        ),
        MetricFamily(
            "listener_oldest_pending_segment_timestamp_seconds", .gauge,
            "When the oldest of them begins; 0 where there is none."),
        MetricFamily(
            "listener_upload_attempts_total", .counter,
            "Attempts to ship a segment, by what became of them."),
        MetricFamily(
            "listener_upload_duration_seconds", .summary,
            "How long it took to ship a segment, where it worked."),
        MetricFamily(
            "listener_upload_verify_failures_total", .counter,
            "Attempts after which the store held other bytes than were sent."),
        MetricFamily("listener_segments_quarantined", .gauge, "Segments in quarantine/."),
        MetricFamily(
            "listener_salvaged_records_total", .counter,
            "Lines saved at the start from the torn end of what an earlier run left open."),
    ]

    private static let disk = [
        MetricFamily("listener_spool_bytes", .gauge, "What the spool takes of the disk."),
        MetricFamily("listener_spool_capacity_bytes", .gauge, "What the spool may take."),
        MetricFamily(
            "listener_disk_free_bytes", .gauge, "What is free on the file system of the spool."),
        MetricFamily(
            "listener_disk_paused", .gauge, "1 while capture is paused for want of room, else 0."),
    ]

    private static let peers = [
        MetricFamily(
            "listener_peers_compared", .gauge,
            "Other zones whose beacons could be compared with this zone's records."),
        MetricFamily(
            "listener_peer_share", .gauge,
            "This zone's records divided by those of the zone that saw most beside it; 1 without one."
        ),
    ]

    private static let process = [
        MetricFamily("listener_build_info", .gauge, "Always 1; the version is a label."),
        MetricFamily("process_start_time_seconds", .gauge, "When the process began."),
        MetricFamily("process_cpu_seconds_total", .counter, "Processor time, user and system."),
        MetricFamily("process_resident_memory_bytes", .gauge, "Resident memory."),
    ]
}
