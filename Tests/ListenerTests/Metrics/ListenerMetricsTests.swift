import Shared
import TestSupport
import Testing

@testable import listener

/// What capture and shipping count, read from the text that a scrape gets.
struct ListenerMetricsTests {
    private let registry = PrometheusRegistry(ListenerMetrics.families, common: [])
    private let metrics: ListenerMetrics

    init() {
        metrics = ListenerMetrics(registry)
    }

    /// The samples that are not 0.
    private var counted: [String: String] {
        let lines = registry.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let pairs = lines.map { line in
            let space = line.lastIndex(of: " ") ?? line.endIndex
            return (String(line[..<space]), String(line[space...].dropFirst()))
        }
        return Dictionary(uniqueKeysWithValues: pairs).filter { $0.value != "0" }
    }

    @Test func `every kind, reason and outcome has a series from the start, at 0`() {
        let lines = registry.text.split(separator: "\n")
        #expect(counted.isEmpty)
        func series(_ name: String) -> Int { lines.count { $0.hasPrefix("\(name){") } }
        #expect(series("listener_records_received_total") == 12)
        #expect(series("listener_reconnects_total") == 11)
        #expect(series("listener_upload_attempts_total") == 5)
    }

    @Test func `each line of a capture is counted by what it is, and each turn is a tick`() throws {
        try TemporaryDirectory.withFast { directory in
            let configuration = SegmentSink.Configuration(
                stream: "default", zone: SampleStream.zone("a"),
                source: SegmentManifest.SourceFacts(kind: "x-filtered"),
                rotation: RotationPolicy(segmentBytesMax: 64 << 20, segmentAge: .seconds(86_400)),
                syncInterval: .seconds(1), limits: SampleStream.limits)
            let status = metrics.status
            let sink = try SegmentSink(
                configuration, spool: try Spool(directory.path), status: status
            ) { _ in }
            let text = [
                #"{"id":1}"#, "{\n\"id\":2}", "", "no json", #"{"limit":{"track":1}}"#,
                String(repeating: "x", count: 200),
            ].map { $0 + "\r\n" }.joined()
            var tickAges: [Duration?] = []
            var sawConnection = false
            let source = ScriptedSource([
                .call { tickAges.append(status.facts().tickAge) }, .connected(), .bytes(text),
                .call { sawConnection = status.facts().isConnected },
            ])
            let capture = Capture(
                source: source, terminator: .crlf, lineBytesMax: 100, sink: sink,
                control: CaptureControl(), metrics: metrics,
                heartbeat: CaptureHeartbeat(status, notifier: nil)
            ) { _ in }
            try capture.run()
            #expect(tickAges.map { $0 != nil } == [true])
            #expect(sawConnection)
            #expect(!status.facts().isConnected)
            #expect(
                counted == [
                    #"listener_records_received_total{kind="record"}"#: "2",
                    #"listener_records_received_total{kind="limit"}"#: "1",
                    "listener_unreadable_lines_total": "1", "listener_overlong_lines_total": "1",
                    "listener_replaced_line_feeds_total": "1",
                    "listener_bytes_received_total": "\(text.utf8.count)",
                    "listener_connections_total": "1",
                ])
            #expect(status.records == 2)
            #expect(status.lastRecordTime == status.lastByteTime)
        }
    }

    /// What one pass over one segment counts, with a store that refuses with this code.
    private func ship(refusing code: ObjectStoreError.Code?) async throws -> [String: String] {
        try await SpoolSite.with { site in
            try site.seal([#"{"id":1}"#], header: SpoolSite.header(sequence: 0))
            let store = InterferingStore(site.store) { call in
                code.map { call.kind == .put ? .refuse($0) : .none } ?? .none
            }
            var shipper = site.shipper(try Spool(site.spoolPath), through: store)
            shipper.metrics = metrics
            _ = await shipper.shipAll()
            return counted.filter { !$0.key.hasSuffix("_sum") }
        }
    }

    private func attempts(_ outcome: String) -> String {
        "listener_upload_attempts_total{outcome=\"\(outcome)\"}"
    }

    @Test func `a segment that is shipped is counted, with how long it took`() async throws {
        #expect(
            try await ship(refusing: nil) == [
                attempts("shipped"): "1", "listener_upload_duration_seconds_count": "1",
            ])
        #expect(metrics.status.facts().storeSuccessAge != nil)
        #expect(metrics.status.facts().storeFailureAge == nil)
    }

    @Test(arguments: [ObjectStoreError.Code.unavailable, .throttled, .accessDenied])
    func `a store that does not take it is counted as failing`(
        code: ObjectStoreError.Code
    ) async throws {
        #expect(try await ship(refusing: code) == [attempts("store_failed"): "1"])
        #expect(metrics.status.facts().storeFailureAge != nil)
    }

    @Test func `a fault of our own disk says nothing of the store`() async throws {
        #expect(try await ship(refusing: .localFile) == [attempts("failed"): "1"])
        #expect(metrics.status.facts().storeFailureAge == nil)
    }

    @Test func `a checksum that differs is counted besides`() async throws {
        #expect(
            try await ship(refusing: .checksumMismatch) == [
                attempts("failed"): "1", "listener_upload_verify_failures_total": "1",
            ])
    }

    @Test func `what is put aside is counted, and stands in the gauge`() async throws {
        try await SpoolSite.with { site in
            let manifest = try site.seal([#"{"id":1}"#], header: SpoolSite.header(sequence: 0))
            _ = try await site.store.put(.bytes([1]), at: manifest.reference.key, if: .absent)
            let spool = try Spool(site.spoolPath)
            var shipper = site.shipper(spool)
            shipper.metrics = metrics
            #expect(await shipper.shipAll())
            #expect(
                counted == [
                    attempts("quarantined"): "1", "listener_upload_verify_failures_total": "1",
                ])
            ListenerGauges(metrics.status, spool: spool, factory: registry).update()
            #expect(counted["listener_segments_quarantined"] == "1")
        }
    }

    @Test func `gauges of the spool tell what waits and since when`() throws {
        try TemporaryDirectory.withFast { directory in
            _ = try directory.folder("spool")
            let site = SpoolSite(
                directory: directory, store: DirectoryObjectStore(root: directory.file("store")))
            let start = Timestamp(milliseconds: 1_795_372_200_250)
            for sequence in 0..<3 {
                let later = start.advanced(by: .seconds(sequence * 300))
                try site.seal([], header: SpoolSite.header(sequence: sequence, start: later))
            }
            metrics.status.activeSegment(bytes: 4711)
            metrics.status.watchRoom {
                ListenerStatus.Room(
                    bytes: 10, capacityBytes: 100, freeBytes: 1000, isPaused: true)
            }
            ListenerGauges(
                metrics.status, spool: try Spool(site.spoolPath), factory: registry
            ).update()
            #expect(counted["listener_segments_pending"] == "3")
            #expect(
                counted["listener_oldest_pending_segment_timestamp_seconds"] == "1795372200.25")
            #expect(counted["listener_active_segment_bytes"] == "4711")
            #expect(counted["listener_spool_bytes"] == "10")
            #expect(counted["listener_spool_capacity_bytes"] == "100")
            #expect(counted["listener_disk_free_bytes"] == "1000")
            #expect(counted["listener_disk_paused"] == "1")
        }
    }
}
