import Shared

/// One HTTP request, complete except for what the transport adds by itself.
///
/// Its description names what is asked and shows no value of a query, header or body.
struct StreamRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    var method = Method.get
    var url: StreamURL
    /// The header field that carries ``authorization``.
    var authorizationName = "Authorization"
    /// What proves who asks, if the request carries that.
    var authorization: Secret?
    /// Sent as `application/x-www-form-urlencoded`; only with ``Method/post``.
    var form: [StreamParameter] = []
    /// Whether the answer may come gzip-encoded; the transport decodes it.
    var acceptsGzip = false
    /// A file of certificates in PEM to trust instead of the system's.
    var certificateAuthorities: String?
}

extension StreamRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "\(method.rawValue) \(url.withoutQuery)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension StreamRequest {
    /// - Throws: where a credential would cross the network in plain text.
    func checkConfidentiality() throws(StreamError) {
        guard authorization != nil, url.isPlainText, !url.isLoopback else { return }
        throw StreamError(
            .misconfigured,
            "stream: credentials are not sent to \(url.origin) over plain HTTP: use https://, "
                + "which is required except for loopback addresses")
    }
}

extension StreamRequest {
    /// Words of the credential shorter than this are schemes such as `Bearer`.
    private static let secretWordMin = 8

    /// What parts the words of `Bearer abc` and of `OAuth oauth_token="abc", ...`.
    private static let secretSeparators = " \","

    /// Takes the credential out of what a server says, should it repeat it.
    func redacting(_ text: String) -> String {
        guard let whole = authorization?.revealed, !whole.isEmpty else { return text }
        let words = whole.split { Self.secretSeparators.contains($0) }
            .filter { $0.utf8.count >= Self.secretWordMin }
        return ([whole[...]] + words).reduce(text) { $0.replacing($1, with: "<redacted>") }
    }
}
