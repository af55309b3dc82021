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
    /// What it begins with.
    let plan: StreamPlan
    let logger: Logger

    func run() async throws {
        let spool = try Spool(configuration.spool)
        let memory = DatasetMemory(
            spool: spool, store: store, isConditional: configuration.usesConditionalWrites,
            logger: logger)
        let dataset = try await memory.dataset(
            stream: configuration.streamName, idPointer: configuration.idPointer)
        let shipper = Shipper(
            spool: spool, store: store, isConditional: configuration.usesConditionalWrites,
            logger: logger)
        try await recover(spool, dataset, shipper)
        let (wake, wakeShipper) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let shipping = Task { await shipper.run(wake: wake) }
        let failure = await capture(spool, dataset) { wakeShipper.yield() }
        wakeShipper.finish()
        await finish(shipping, spool)
        if let failure { throw failure }
    }

    /// Where recovery finds no room, shipping what is sealed already may make some.
    private func recover(_ spool: Spool, _ dataset: Dataset, _ shipper: Shipper) async throws {
        do {
            try recover(spool, dataset)
        } catch let error as LocalFileError where error.code == .noSpace {
            logger.warning("\(error): shipping first")
            _ = await shipper.shipAll()
            try recover(spool, dataset)
        }
    }

    private func recover(_ spool: Spool, _ dataset: Dataset) throws {
        let fallback = RecoveryFallback(
            stream: configuration.streamName, zone: zone, source: plan.facts)
        for manifest in try spool.recover(
            fallback, limits: dataset.limits, scanner: dataset.scanner)
        {
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
        _ spool: Spool, _ dataset: Dataset, whenSealed: @escaping @Sendable () -> Void
    ) async -> (any Error)? {
        let control = CaptureControl()
        let signals = Task { await control.obeySignals(logger) }
        let watch = Task {
            await SelectionWatch(
                planner: planner, interval: configuration.refresh, control: control, logger: logger
            ).run(from: plan)
        }
        defer {
            signals.cancel()
            watch.cancel()
        }
        let sinkConfiguration = SegmentSink.Configuration(
            stream: configuration.streamName, zone: zone, source: plan.facts,
            rotation: configuration.rotation, syncInterval: configuration.syncInterval,
            limits: dataset.limits)
        do {
            try await CaptureThread.run {
                let source = try plan.makeSource()
                control.attach(source.waker)
                let sink = try SegmentSink(sinkConfiguration, spool: spool) { manifest in
                    logger.debug("segment \(manifest.name): sealed: \(manifest.lines) lines")
                    whenSealed()
                }
                let capture = Capture(
                    source: source, terminator: plan.terminator,
                    lineBytesMax: dataset.limits.lineBytes, scanner: dataset.scanner, sink: sink,
                    control: control, remark: logger.remark)
                try capture.run()
            }
            return nil
        } catch {
            return error
        }
    }

    /// Ships what was sealed last, but for no longer than the deadline: the rest is there at the
    /// next start.
    private func finish(_ shipping: Task<Void, Never>, _ spool: Spool) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await shipping.value }
            group.addTask {
                try? await Task.sleep(for: configuration.shutdownDeadline)
                shipping.cancel()
            }
            await group.next()
            group.cancelAll()
        }
        let left = (try? spool.sealed().count) ?? 0
        if left > 0 {
            logger.warning("\(left) segments stay in \(spool.directory) for the next start")
        }
    }
}
