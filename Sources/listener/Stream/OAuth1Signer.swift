import Crypto
import FoundationEssentials
import Shared

/// Signs requests with OAuth 1.0a and HMAC-SHA1, as X documents under "Creating a signature" and
/// "Authorizing a request".
///
/// Nonce and time are given by the caller: each request needs a nonce of its own, and servers
/// refuse a time that is minutes off theirs.
struct OAuth1Signer: Sendable {
    static let nonceBytes = 16

    var credential: OAuth1Credential

    /// The value of `Authorization`.
    ///
    /// - Parameter time: by the server's clock; whole seconds are sent.
    func authorization(for request: StreamRequest, nonce: String, time: Timestamp) -> Secret {
        let oauth = oauthParameters(nonce: nonce, time: time)
        let signature = signature(of: request, oauth: oauth)
        let all = oauth + [StreamParameter("oauth_signature", signature)]
        let fields = all.sorted { $0.name < $1.name }.map { parameter in
            PercentEncoding.encode(parameter.name) + "=\""
                + PercentEncoding.encode(parameter.value) + "\""
        }
        return Secret("OAuth " + fields.joined(separator: ", "))
    }

    /// In base64, not percent-encoded.
    func signature(of request: StreamRequest, nonce: String, time: Timestamp) -> String {
        signature(of: request, oauth: oauthParameters(nonce: nonce, time: time))
    }

    static func randomNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<nonceBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex
    }

    private func oauthParameters(nonce: String, time: Timestamp) -> [StreamParameter] {
        [
            StreamParameter("oauth_consumer_key", credential.consumerKey),
            StreamParameter("oauth_nonce", nonce),
            StreamParameter("oauth_signature_method", "HMAC-SHA1"),
            StreamParameter("oauth_timestamp", String(time.milliseconds / 1000)),
            StreamParameter("oauth_token", credential.accessToken),
            StreamParameter("oauth_version", "1.0"),
        ]
    }

    private func signature(of request: StreamRequest, oauth: [StreamParameter]) -> String {
        let key =
            PercentEncoding.encode(credential.consumerSecret.revealed) + "&"
            + PercentEncoding.encode(credential.accessTokenSecret.revealed)
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Array(Self.baseString(of: request, oauth: oauth).utf8),
            using: SymmetricKey(data: Array(key.utf8)))
        return Data(code).base64EncodedString()
    }

    /// Method, URL and parameters, each encoded, with exactly two `&` between them. The parameters
    /// of query, form and header are sorted by encoded name, then by encoded value.
    private static func baseString(
        of request: StreamRequest, oauth: [StreamParameter]
    ) -> String {
        let pairs = (request.url.parameters + request.form + oauth)
            .map {
                (name: PercentEncoding.encode($0.name), value: PercentEncoding.encode($0.value))
            }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        let parameters = pairs.map { $0.name + "=" + $0.value }.joined(separator: "&")
        return [request.method.rawValue, request.url.withoutQuery, parameters]
            .map { PercentEncoding.encode($0) }
            .joined(separator: "&")
    }
}
