import Logging
import Shared
import UnixSignals

extension CaptureControl {
    /// SIGHUP rotates; SIGTERM and SIGINT stop. Until the task is cancelled.
    ///
    /// - Parameter whenStopped: called before the capture thread is told.
    func obeySignals(_ logger: Logger, whenStopped: @Sendable () -> Void = {}) async {
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) {
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

extension Logger {
    @Sendable
    func remark(_ remark: StreamRemark) {
        let level: Logger.Level = remark.isAlarm ? .error : remark.isWarning ? .warning : .info
        log(level: level, "\(remark.message)")
    }
}
