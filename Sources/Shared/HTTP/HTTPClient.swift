/// Sends HTTP requests over libcurl. May be used from any number of tasks.
///
/// All transfers of a client share one background thread, its connections and its TLS sessions. The
/// client never sends a request twice and never follows a redirect: both are for the caller, who
/// knows what the request does. (libcurl itself does send a `GET`, `HEAD` or `DELETE` again where a
/// kept-alive connection turns out to be dead before the first byte of a reply.)
package final class HTTPClient: Sendable {
    package struct Options: Sendable {
        /// Transfers at once; further requests wait for their turn.
        package var transfersMax = 32
        package var userAgent = "tributary/\(BuildVersion.text)"
        /// A file of certificates in PEM to trust instead of the system's.
        package var certificateAuthorities: String?

        package init() {}
    }

    /// Held by the thread too, until that has ended.
    let loop: TransferLoop

    package init(_ options: Options = Options()) {
        precondition(options.transfersMax > 0, "a client needs at least one transfer at a time")
        CurlLibrary.prepare()
        let loop = TransferLoop(options)
        self.loop = loop
        precondition(BlockingCall.start { loop.run() }, "no thread for HTTP")
    }

    deinit {
        loop.stop()
    }

    /// Sends `request` and returns the reply, whatever its status.
    ///
    /// Cancelling the task ends the transfer; the server may have acted on it all the same.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let ticket = TransferTicket(request)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                ticket.await(continuation)
                loop.submit(ticket)
            }
        } onCancel: {
            ticket.cancel()
            loop.wake()
        }
        return try outcome.get()
    }

    /// Ends the thread, and with it every transfer that is under way. Later requests fail.
    ///
    /// Happens by itself when nobody holds the client any more.
    package func shutDown() {
        loop.stop()
    }
}
