import Shared

/// Why a stream source cannot begin, or cannot go on until a person has acted.
struct StreamError: OperatorError {
    enum Code: Equatable {
        /// The stream's URL, credential or follow list cannot work as configured.
        case misconfigured
        /// The server refused in a way that repeating the request cannot change.
        case refused(httpStatus: Int)
        /// The server's answer is not what its documents say.
        case unreadableAnswer
        /// A system call on the pipe, or libcurl itself, failed.
        case ioFailed
    }

    var code: Code
    var message: String
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// `retry` for what a server that is busy, broken or half up may answer otherwise later.
    var disposition: Disposition {
        switch code {
        case .refused(let status): [420, 429].contains(status) || status >= 500 ? .retry : .halt
        case .unreadableAnswer: .retry
        case .misconfigured, .ioFailed: .halt
        }
    }

    var exitCode: ExitCode {
        switch code {
        case .misconfigured: .configuration
        // A server that is busy or broken is no reason to stay down.
        case .refused: disposition == .retry ? .failed : .configuration
        case .unreadableAnswer, .ioFailed: .failed
        }
    }
}
