import Logging
import Shared
import UnixSignals

extension CaptureControl {
    /// SIGHUP rotates; SIGTERM and SIGINT stop. Until the task is cancelled.
    func obeySignals(_ logger: Logger) async {
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) {
            if signal == .sighup {
                logger.info("SIGHUP: rotating")
                rotate()
            } else {
                logger.info("\(signal): sealing and shipping")
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
