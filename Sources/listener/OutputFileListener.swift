import Logging
import Shared

/// A listener in the seed's way: one growing file that logrotate takes away. Nothing is shipped.
struct OutputFileListener: Sendable {
    let path: String
    let configuration: ListenerConfiguration
    let planner: StreamPlanner
    let logger: Logger

    func run() async throws {
        try await Supervision.with(
            configuration, zone: configuration.zone, spool: nil, logger: logger, run)
    }

    private func run(_ supervision: Supervision) async throws {
        let control = CaptureControl()
        let signals = await control.obeySignals(logger) { supervision.stopping(within: .zero) }
        let reports = Task { await supervision.reportStatus() }
        defer {
            signals.cancel()
            reports.cancel()
        }
        guard let plan = try await supervision.plan(planner, control) else { return }
        let watch = Task {
            await SelectionWatch(
                planner: planner, interval: configuration.refresh, control: control, logger: logger
            ).run(from: plan)
        }
        defer { watch.cancel() }
        let limits = DatasetLimits(created: .now)
        try await BlockingCall.run { () throws(any Error) in
            let memory = StreamMemory(beside: path)
            let source = try plan.makeSource(remembering: memory)
            control.attach(source.waker)
            let folder = LocalDirectory.parent(of: path) ?? "."
            let floor = RoomPolicy(capBytes: .max, floorBytes: configuration.room.floorBytes)
            var gate = RoomGate(
                SpoolRoom(folder, policy: floor), subject: "output file \(path)",
                interval: configuration.syncInterval, logger: logger)
            guard gate.waitForRoom(source, control, supervision.heartbeat) else {
                return source.close()
            }
            guard
                let sink = try makeSink(memory, limits, supervision.heartbeat, control)
            else { return source.close() }
            let capture = Capture(
                source: source, terminator: plan.terminator, lineBytesMax: limits.lineBytes,
                sink: sink, control: control, gate: gate, metrics: supervision.metrics,
                heartbeat: supervision.heartbeat, remark: logger.remark)
            try capture.run()
        }
    }

    /// - Returns: nil where a stop was asked for while the file was looked at.
    private func makeSink(
        _ memory: StreamMemory, _ limits: DatasetLimits, _ heartbeat: CaptureHeartbeat,
        _ control: CaptureControl
    ) throws -> OutputFileSink? {
        do {
            return try OutputFileSink(
                path: path, syncInterval: configuration.syncInterval,
                lineBytesMax: limits.lineBytes, memory: memory, remark: logger.remark
            ) {
                heartbeat.tick(at: .now)
                if control.isStopAsked { throw CancellationError() }
            }
        } catch is CancellationError {
            return nil
        }
    }
}
