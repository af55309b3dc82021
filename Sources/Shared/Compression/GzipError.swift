/// Bytes that are not the gzip they should be.
package struct GzipError: OperatorError {
    package enum Code: Equatable, Sendable {
        /// Not a gzip member, or one whose deflate data or CRC are wrong.
        case corrupt
        /// The input ends inside a member.
        case truncated
        /// A member inflates to more than was allowed.
        case tooLarge
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)? { nil }
    package var disposition: Disposition { .giveUp }
    package var exitCode: ExitCode { .dataMissing }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
