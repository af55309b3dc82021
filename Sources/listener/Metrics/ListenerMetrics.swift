import CoreMetrics
import Shared

/// What is counted and measured of one listener, each by a handle of its own.
///
/// Handles are made once, so that counting is an atomic addition. Labels have fixed sets of values,
/// and all their series are there from the start, at 0: what never happened can be asked for.
struct ListenerMetrics: Sendable {
    /// What became of an attempt to ship.
    enum Outcome: String, CaseIterable {
        case shipped
        /// The store does not take anything now.
        case storeFailed = "store_failed"
        /// Anything else that another attempt may mend.
        case failed
        case quarantined
        case cancelled
    }

    let status = ListenerStatus()

    private let unreadable: Counter
    private let overlong: Counter
    private let lineFeeds: Counter
    private let bytes: Counter
    private let connections: Counter
    private let buffersFull: Counter
    private let sealed: Counter
    private let verifyFailures: Counter
    private let salvaged: Counter
    private let uploadDuration: CoreMetrics.Timer
    private let records: Counter
    private let notices: [NoticeKind: Counter]
    private let reconnects: [ReconnectReason: Counter]
    private let attempts: [Outcome: Counter]

    /// - Parameter factory: where nobody reads the metrics, one that drops them.
    init(_ factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: name, dimensions: dimensions, factory: factory)
        }
        let received = "listener_records_received_total"
        records = counter(received, [("kind", "record")])
        notices = Self.each(NoticeKind.self) { counter(received, [("kind", $0.rawValue)]) }
        unreadable = counter("listener_unreadable_lines_total")
        overlong = counter("listener_overlong_lines_total")
        lineFeeds = counter("listener_replaced_line_feeds_total")
        bytes = counter("listener_bytes_received_total")
        connections = counter("listener_connections_total")
        buffersFull = counter("listener_buffer_full_total")
        sealed = counter("listener_segments_sealed_total")
        verifyFailures = counter("listener_upload_verify_failures_total")
        salvaged = counter("listener_salvaged_records_total")
        uploadDuration = CoreMetrics.Timer(
            label: "listener_upload_duration_seconds", factory: factory)
        reconnects = Self.each(ReconnectReason.self) {
            counter("listener_reconnects_total", [("reason", $0.rawValue)])
        }
        attempts = Self.each(Outcome.self) {
            counter("listener_upload_attempts_total", [("outcome", $0.rawValue)])
        }
    }

    private static func each<Value: CaseIterable & Hashable>(
        _ type: Value.Type, _ make: (Value) -> Counter
    ) -> [Value: Counter] {
        Dictionary(uniqueKeysWithValues: Value.allCases.map { ($0, make($0)) })
    }

    // MARK: Capture

    /// Called for each line.
    func received(_ line: ScannedLine) {
        switch line {
        case .record(let id, _):
            records.increment()
            status.recordCame(id)
        case .notice(let kind, _): notices[kind]?.increment()
        case .unreadable: unreadable.increment()
        }
    }

    func receivedOverlong() {
        overlong.increment()
    }

    func replacedLineFeeds(_ count: Int) {
        lineFeeds.increment(by: count)
    }

    /// Called for each piece of the stream, before its lines.
    func heard(bytes count: Int) {
        bytes.increment(by: count)
        status.byteCame()
    }

    func connected(_ opening: ConnectionOpening) {
        connections.increment()
        status.connected(opening)
    }

    func reconnects(because reason: ReconnectReason) {
        reconnects[reason]?.increment()
    }

    /// - Parameter times: since this was last called.
    func bufferWasFull(times: Int) {
        buffersFull.increment(by: times)
    }

    func sealedSegment() {
        sealed.increment()
    }

    func salvaged(records: Int) {
        salvaged.increment(by: records)
    }

    // MARK: Shipping

    func verificationFailed() {
        verifyFailures.increment()
    }

    func shipped(in duration: Duration) {
        attempted(.shipped)
        uploadDuration.recordNanoseconds(duration.wholeMilliseconds * 1_000_000)
    }

    func attempted(_ outcome: Outcome) {
        attempts[outcome]?.increment()
        switch outcome {
        case .shipped: status.storeAnswered()
        case .storeFailed: status.storeFailed()
        case .failed, .quarantined, .cancelled: break
        }
    }
}
