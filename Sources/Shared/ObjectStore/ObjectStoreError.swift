/// A failure of an object store.
package struct ObjectStoreError: OperatorError {
    package enum Code: Hashable, Sendable {
        case notFound
        /// A conditional write or read found another version, or a version where none may be.
        case preconditionFailed
        case rangeNotSatisfiable
        /// The store holds, or was sent, other bytes than were meant.
        case checksumMismatch
        /// Other bytes lie under the key of an object that is written once.
        case differs
        /// Credentials are missing, wrong, expired or not enough.
        case accessDenied
        /// The request can never succeed as it is: a bad bucket, a bad argument.
        case invalidRequest
        /// The store cannot do what the layout needs, such as conditional writes.
        case unsupported
        /// The store asks for fewer requests.
        case throttled
        /// Not reached, cut off, or answered with a server error.
        case unavailable
        /// A local file could not be read or written on the way.
        case localFile
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var disposition: Disposition {
        switch code {
        // A refusal is often a policy that somebody is about to mend, and the data are still here.
        case .throttled, .unavailable, .accessDenied, .checksumMismatch, .localFile: .retry
        case .notFound, .preconditionFailed, .rangeNotSatisfiable, .invalidRequest, .unsupported,
            .differs:
            .giveUp
        }
    }

    package var exitCode: ExitCode {
        switch code {
        case .unavailable, .throttled: .storeUnreachable
        case .accessDenied, .invalidRequest, .unsupported: .configuration
        case .notFound, .preconditionFailed, .rangeNotSatisfiable, .checksumMismatch, .differs,
            .localFile:
            .failed
        }
    }
}
