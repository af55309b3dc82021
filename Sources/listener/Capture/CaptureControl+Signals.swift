import Logging
import Shared
import UnixSignals

extension CaptureControl {
    /// SIGHUP rotates; SIGTERM and SIGINT stop. Until the task that is returned is cancelled.
    ///
    /// To be awaited before there is anything to rotate: no signal is missed once this returns.
    ///
    /// - Parameter whenStopped: called before the capture thread is told.
    func obeySignals(
        _ logger: Logger, whenStopped: @escaping @Sendable () -> Void = {}
    ) async -> Task<Void, Never> {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        return Task {
            for await signal in signals {
                if signal == .sighup {
                    logger.info("SIGHUP: rotating")
                    rotate()
                } else {
                    logger.info("\(signal): sealing and shipping")
                    whenStopped()
                    stop()
                }
            }
        }
    }
}

extension Logger {
    @Sendable
    func remark(_ remark: StreamRemark) {
        let level: Logger.Level = remark.isAlarm ? .error : remark.isWarning ? .warning : .info
        log(level: level, "\(remark.message)")
    }
}
