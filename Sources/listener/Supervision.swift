import Logging
import Shared

/// What lets a listener run without being watched: metrics, the admin endpoint, systemd's watchdog.
struct Supervision: Sendable {
    let metrics: ListenerMetrics
    let heartbeat: CaptureHeartbeat
    let instance = ListenerInstance.random()
    /// Nil with an output file, which no other zone can be compared with.
    let board: PeerBoard?
    private let notifier: SystemdNotifier?
    private let spool: Spool?

    /// How often `systemctl status` gets another line.
    private static let statusInterval = Duration.seconds(10)

    /// Beyond the time for shipping: to seal, and to end.
    private static let stoppingMargin = Duration.seconds(15)

    /// Runs `body` while the endpoint answers.
    ///
    /// - Parameter spool: nil with an output file, where nothing is shipped.
    /// - Throws: also where the endpoint's address cannot be had, before `body` begins.
    static func with(
        _ configuration: ListenerConfiguration, zone: Zone?, spool: Spool?, logger: Logger,
        _ body: (Supervision) async throws -> Void
    ) async throws {
        let registry = PrometheusRegistry(
            ListenerMetrics.families, common: zone.map { [("zone", $0.description)] } ?? [])
        let metrics = ListenerMetrics(registry)
        let supervision = Supervision(
            metrics, SystemdNotifier(environment: configuration.settings.environment), spool,
            stream: configuration.streamName, zone: zone)
        if let room = spool?.room {
            metrics.status.watchRoom { ListenerStatus.Room(room.measure()) }
        }
        if let board = supervision.board { metrics.status.watchPeers { board.facts() } }
        guard let address = configuration.http else { return try await body(supervision) }
        let pages = AdminPages(
            status: metrics.status,
            readiness: Readiness(
                silenceMax: configuration.silenceMax,
                quietMax: configuration.source == .standardInput ? nil : configuration.quietAlarm,
                ships: spool != nil),
            registry: registry,
            gauges: ListenerGauges(metrics.status, spool: spool, factory: registry))
        let server = try await AdminServer.start(at: address, pages)
        logger.info("metrics and health: http://\(server.address)/metrics, /healthz, /readyz")
        do {
            try await body(supervision)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private init(
        _ metrics: ListenerMetrics, _ notifier: SystemdNotifier?, _ spool: Spool?, stream: String,
        zone: Zone?
    ) {
        self.metrics = metrics
        self.notifier = notifier
        self.spool = spool
        heartbeat = CaptureHeartbeat(metrics.status, notifier: notifier)
        board =
            if let zone, spool != nil {
                PeerBoard(
                    stream: stream, zone: zone, instance: instance, recent: metrics.status.recent)
            } else { nil }
    }

    /// What to begin with, however long that takes to find out.
    ///
    /// - Returns: nil where a stop was asked for before it was known.
    func plan(_ planner: StreamPlanner, _ control: CaptureControl) async throws -> StreamPlan? {
        let asking = Task { try await planner.first() }
        let alive = Task { await heartbeat.goOn() }
        let stop = Task {
            await control.waitForStop()
            asking.cancel()
        }
        defer {
            alive.cancel()
            stop.cancel()
        }
        do {
            return try await asking.value
        } catch is CancellationError {
            return nil
        }
    }

    /// - Parameter deadline: how long shipping may go on.
    func stopping(within deadline: Duration) {
        notifier?.stopping(within: deadline + Self.stoppingMargin)
    }

    /// Tells systemd how things are, until the task is cancelled.
    func reportStatus() async {
        guard let notifier else { return }
        while !Task.isCancelled {
            notifier.status(metrics.status.line(pending: try? spool?.sealed().count))
            try? await Task.sleep(for: Self.statusInterval)
        }
    }
}

extension ListenerConfiguration {
    /// After how long a connection without a byte is no longer taken for one; nil for a pipe.
    fileprivate var silenceMax: Duration? {
        switch source {
        case .standardInput: nil
        case .filtered, .sampled: stallTimeout ?? StreamEndpoint.stallTimeoutV2
        case .legacy: stallTimeout ?? StreamEndpoint.stallTimeoutV1
        case .ndjson: stallTimeout ?? StreamEndpoint.stallTimeoutNDJSON
        }
    }
}

extension ListenerStatus.Room {
    fileprivate init(_ measure: SpoolRoom.Measure) {
        self.init(
            bytes: measure.usedBytes, capacityBytes: measure.capBytes,
            freeBytes: measure.freeBytes, isPaused: measure.isFull)
    }
}
