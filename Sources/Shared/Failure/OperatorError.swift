/// A failure that somebody has to understand at three in the morning.
///
/// It reads `<subject>: <what failed>: <cause>`, names the values at hand, and says the next step
/// where there is one. It never holds a secret.
package protocol OperatorError: Error, CustomStringConvertible, Sendable {
    /// Subject and what failed, in lower case and without a full stop.
    var message: String { get }

    /// What led to it, if something did.
    var cause: (any Error)? { get }

    /// The one question a loop may ask.
    var disposition: Disposition { get }

    /// What the process ends with if this is what ends it.
    var exitCode: ExitCode { get }
}

extension OperatorError {
    package var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }

    package var exitCode: ExitCode { .failed }
}

/// What to do after a failure.
package enum Disposition: Sendable {
    /// The same call may succeed later.
    case retry
    /// The same call can never succeed; other work goes on.
    case giveUp
    /// Nothing may go on until a person has acted.
    case halt
}
