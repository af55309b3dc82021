import Logging
import Shared

/// A listener in the seed's way: one growing file that logrotate takes away. Nothing is shipped.
struct OutputFileListener: Sendable {
    let path: String
    let configuration: ListenerConfiguration
    let planner: StreamPlanner
    let plan: StreamPlan
    let logger: Logger

    func run() async throws {
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
        let limits = DatasetLimits(created: .now)
        try await CaptureThread.run {
            let source = try plan.makeSource()
            control.attach(source.waker)
            let sink = try OutputFileSink(
                path: path, syncInterval: configuration.syncInterval,
                lineBytesMax: limits.lineBytes)
            let capture = Capture(
                source: source, terminator: plan.terminator, lineBytesMax: limits.lineBytes,
                sink: sink, control: control, remark: logger.remark)
            try capture.run()
        }
    }
}
