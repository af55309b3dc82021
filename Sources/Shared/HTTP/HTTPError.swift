/// A request that got no whole reply. A reply of any status is none of these.
package struct HTTPError: OperatorError {
    package enum Code: Hashable, Sendable {
        /// The request cannot be sent as it is, such as an address with another scheme.
        case invalidRequest
        /// The name was not found, nobody listens, TLS was not agreed on, or it took too long.
        /// Nothing was sent.
        case cannotConnect
        /// The server's certificate is not to be trusted. Nothing was sent.
        case untrusted
        /// No byte moved for too long, or the total time is over.
        case timedOut
        /// The connection ended before the reply did. The server may have done what was asked.
        case cut
        /// The body is larger than the request allows.
        case bodyTooLarge
        /// The local file of the request or of the reply failed.
        case localFile
        /// The task that asked was cancelled.
        case cancelled
        /// The client was shut down.
        case shutDown
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)? { nil }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var disposition: Disposition {
        switch code {
        case .cannotConnect, .untrusted, .timedOut, .cut, .localFile: .retry
        case .invalidRequest, .bodyTooLarge, .cancelled, .shutDown: .giveUp
        }
    }
}
