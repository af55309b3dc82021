import Crypto
import Foundation

/// The signature of OAuth 1.0a with HMAC-SHA1 (RFC 5849 section 3.4).
struct OAuthSignature {
    var method: String
    /// Scheme, host and path, without a query.
    var url: String
    /// Of query, form and header; without `oauth_signature` and `realm`.
    var parameters: [FormField]

    var baseString: String {
        let pairs: [[String]] = parameters.map { parameter in
            [PercentEncoding.encode(parameter.name), PercentEncoding.encode(parameter.value)]
        }
        // What is encoded is ASCII, so Swift's order of strings is the order of bytes.
        let sorted = pairs.sorted { $0.lexicographicallyPrecedes($1) }
        let joined = sorted.map { $0.joined(separator: "=") }.joined(separator: "&")
        return [method.uppercased(), url, joined].map(PercentEncoding.encode)
            .joined(separator: "&")
    }

    func value(consumerSecret: String, tokenSecret: String) -> String {
        let key = [consumerSecret, tokenSecret].map(PercentEncoding.encode).joined(separator: "&")
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Data(baseString.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return Data(code).base64EncodedString()
    }
}
