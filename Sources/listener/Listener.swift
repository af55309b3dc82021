import Logging
import Shared

/// Carries the lines of a stream to the object store of one zone.
///
/// The whole path is in this file: recover what the last run left, then capture and ship side by
/// side; when the stream is over or somebody asks, seal and ship the rest.
struct Listener: Sendable {
    let configuration: ListenerConfiguration
    let zone: Zone
    let store: any ObjectStore
    let planner: StreamPlanner
    let logger: Logger

    func run() async throws {
        let spool = try Spool(configuration.spool, room: configuration.room)
        try await Supervision.with(
            configuration, zone: zone, spool: spool, logger: logger
        ) { supervision in
            try await run(spool, supervision)
        }
    }

    private func run(_ spool: Spool, _ supervision: Supervision) async throws {
        let control = CaptureControl()
        let signals = await control.obeySignals(logger) {
            supervision.stopping(within: configuration.shutdownDeadline)
        }
        let reports = Task { await supervision.reportStatus() }
        defer {
            signals.cancel()
            reports.cancel()
        }
        let memory = DatasetMemory(
            spool: spool, store: store, isConditional: configuration.usesConditionalWrites,
            logger: logger, status: supervision.metrics.status)
        let (stream, idPointer) = (configuration.streamName, configuration.idPointer)
        let answer = try await memory.answer(stream: stream, idPointer: idPointer)
        let dataset = answer.dataset
        let admission = StoreAdmission(
            isGiven: answer.isOfStore, whenRefused: { control.stop() },
            ask: { try await memory.confirm(stream: stream, idPointer: idPointer) })
        let shipper = Shipper(
            spool: spool, store: store, isConditional: configuration.usesConditionalWrites,
            logger: logger, metrics: supervision.metrics, admission: admission)
        guard try await recover(spool, dataset, shipper, control, supervision) else {
            if let refusal = admission.refusal { throw refusal }
            return
        }
        let (wake, wakeShipper) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let shipping = Task { await shipper.run(wake: wake) }
        var failure: (any Error)?
        do {
            if let plan = try await supervision.plan(planner, control) {
                try await capture(plan, spool, dataset, control, supervision, admission) {
                    wakeShipper.yield()
                }
            }
        } catch {
            failure = error
        }
        wakeShipper.finish()
        await finish(shipping, spool)
        if let failure = failure ?? admission.refusal { throw failure }
    }

    /// How often recovery is tried again where it finds no room.
    private static let recoveryInterval = Duration.seconds(10)

    /// Where recovery finds no room, shipping what is sealed already may make some; where that does
    /// not, an operator must.
    ///
    /// - Returns: false where a stop was asked for before it was done.
    private func recover(
        _ spool: Spool, _ dataset: Dataset, _ shipper: Shipper, _ control: CaptureControl,
        _ supervision: Supervision
    ) async throws -> Bool {
        var hasShipped = false
        var alive: Task<Void, Never>?
        defer { alive?.cancel() }
        while !control.isStopAsked {
            do {
                try recover(spool, dataset, shipper.metrics)
                return true
            } catch let error as LocalFileError where error.code == .noSpace {
                alive = alive ?? Task { await supervision.heartbeat.goOn() }
                if hasShipped {
                    logger.error("\(error): nothing is captured before there is room")
                    await control.waitForStop(atMost: Self.recoveryInterval)
                } else {
                    logger.warning("\(error): shipping first")
                }
                let shipping = Task { _ = await shipper.shipAll() }
                if await shipping.result(unless: { await control.waitForStop() }) == nil {
                    await finish(shipping, spool)
                }
                hasShipped = true
            }
        }
        return false
    }

    private func recover(
        _ spool: Spool, _ dataset: Dataset, _ metrics: ListenerMetrics
    ) throws {
        let fallback = RecoveryFallback(
            stream: configuration.streamName, zone: zone,
            source: SegmentManifest.SourceFacts(kind: configuration.source.rawValue))
        let recovered = try spool.recover(
            fallback, limits: dataset.limits, scanner: dataset.scanner
        ) { logger.error("\($0.message)") }
        for manifest in recovered {
            metrics.salvaged(records: manifest.salvage?.records ?? 0)
            spool.noteHeard(manifest)
            let lost = manifest.salvage?.bytesLost ?? 0
            logger.warning(
                """
                segment \(manifest.name): an earlier run left it open: \(manifest.lines) lines \
                saved, \(lost) bytes lost
                """)
        }
    }

    /// Runs the capture thread until the stream is over or a signal asks to stop.
    private func capture(
        _ plan: StreamPlan, _ spool: Spool, _ dataset: Dataset, _ control: CaptureControl,
        _ supervision: Supervision, _ admission: StoreAdmission,
        whenSealed: @escaping @Sendable () -> Void
    ) async throws {
        let metrics = supervision.metrics
        let watch = Task {
            await SelectionWatch(
                planner: planner, interval: configuration.refresh, control: control, logger: logger
            ).run(from: plan)
        }
        let peers = Task {
            await admission.wait()
            if admission.isGiven { await tellPeers(supervision) }
        }
        defer {
            watch.cancel()
            peers.cancel()
        }
        let sinkConfiguration = SegmentSink.Configuration(
            stream: configuration.streamName, zone: zone, instance: supervision.instance,
            source: plan.facts,
            rotation: configuration.rotation, syncInterval: configuration.syncInterval,
            limits: dataset.limits)
        try await BlockingCall.run { () throws(any Error) in
            let source = try plan.makeSource(remembering: spool.memory)
            control.attach(source.waker)
            var gate = RoomGate(
                spool.room, subject: "spool \(spool.directory)",
                interval: configuration.syncInterval, logger: logger)
            guard gate.waitForRoom(source, control, supervision.heartbeat) else {
                return source.close()
            }
            let sink = try SegmentSink(
                sinkConfiguration, spool: spool, status: metrics.status
            ) { manifest in
                metrics.sealedSegment()
                logger.debug("segment \(manifest.name): sealed: \(manifest.lines) lines")
                spool.noteHeard(manifest)
                whenSealed()
            }
            let capture = Capture(
                source: source, terminator: plan.terminator,
                lineBytesMax: dataset.limits.lineBytes, scanner: dataset.scanner, sink: sink,
                control: control, gate: gate, metrics: metrics,
                heartbeat: supervision.heartbeat, remark: logger.remark)
            try capture.run()
        }
    }

    private func tellPeers(_ supervision: Supervision) async {
        guard let board = supervision.board else { return }
        await PeerWatch(board: board, beacons: BeaconStore(store: store), logger: logger).run()
    }

    /// For a transfer that is cut off to end. One that hangs in the kernel does not.
    private static let cancellationPatience = Duration.seconds(1)

    /// Ships what was sealed last, but for no longer than the deadline: the rest is there at the
    /// next start.
    private func finish(_ shipping: Task<Void, Never>, _ spool: Spool) async {
        if await shipping.result(within: configuration.shutdownDeadline) == nil {
            shipping.cancel()
            _ = await shipping.result(within: Self.cancellationPatience)
        }
        let left = (try? spool.sealed().count) ?? 0
        if left > 0 {
            logger.warning("\(left) segments stay in \(spool.directory) for the next start")
        }
    }
}
