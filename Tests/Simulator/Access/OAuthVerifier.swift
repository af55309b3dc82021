import Foundation

/// Finds the zone by its OAuth 1.0a signature, as strictly as v1.1 did.
final class OAuthVerifier: Sendable {
    enum Verdict {
        case zone(String)
        case refused(HTTPResponse)
    }

    private static let clockSkewSecondsMax = 300
    /// Hosts of X. A client that asks for one of them came through something that ended its TLS,
    /// so what it signed begins with `https`.
    private static let hosts: Set<String> = [
        "api.twitter.com", "stream.twitter.com", "api.x.com", "stream.x.com",
    ]

    private let zones: [String]
    /// The time of each nonce that was accepted.
    private let nonces = Monitor<[String: Int]>([:])

    init(zones: [String]) {
        self.zones = zones
    }

    func verdict(on request: HTTPRequest, now: Date) -> Verdict {
        guard let header = OAuthHeader(request.headers["authorization", default: ""]),
            let consumerKey = header["oauth_consumer_key"], let token = header["oauth_token"],
            let nonce = header["oauth_nonce"], !nonce.isEmpty,
            let timestamp = header["oauth_timestamp"].flatMap(Int.init),
            header["oauth_signature_method"] == "HMAC-SHA1",
            let signature = header["oauth_signature"],
            header.parameters.allSatisfy({ $0.name != "oauth_version" || $0.value == "1.0" })
        else { return .refused(Self.error(code: 215, "Bad Authentication data.")) }

        guard
            let credentials = zones.map(ZoneCredentials.init).first(where: {
                $0.consumerKey == consumerKey && $0.accessToken == token
            })
        else { return .refused(Self.error(code: 89, "Invalid or expired token.")) }

        let seconds = Int(now.timeIntervalSince1970)
        guard abs(seconds - timestamp) <= Self.clockSkewSecondsMax else {
            return .refused(Self.error(code: 135, "Timestamp out of bounds."))
        }
        let expected = OAuthSignature(
            method: request.method, url: Self.url(of: request),
            parameters: request.query + request.form
                + header.parameters.filter { $0.name != "oauth_signature" && $0.name != "realm" }
        ).value(
            consumerSecret: credentials.consumerSecret,
            tokenSecret: credentials.accessTokenSecret)
        guard signature == expected else {
            return .refused(Self.error(code: 32, "Could not authenticate you."))
        }
        let isNew = nonces.change { nonces in
            nonces = nonces.filter { seconds - $0.value <= 2 * Self.clockSkewSecondsMax }
            let key = "\(consumerKey) \(token) \(nonce)"
            defer { nonces[key] = timestamp }
            return nonces[key] == nil
        }
        guard isNew else {
            return .refused(Self.error(code: 32, "Could not authenticate you."))
        }
        return .zone(credentials.zone)
    }

    /// What the client signed: scheme, host and path, in lower case as far as RFC 5849 says so.
    private static func url(of request: HTTPRequest) -> String {
        let host = request.headers["host", default: ""].lowercased()
        guard hosts.contains(host) else {
            let name = host.hasSuffix(":80") ? String(host.dropLast(3)) : host
            return "http://\(name)\(request.path)"
        }
        return "https://\(host)\(request.path)"
    }

    static func error(code: Int, _ message: String) -> HTTPResponse {
        HTTPResponse(
            status: 401, body: #"{"errors":[{"code":\#(code),"message":"\#(message)"}]}"#)
    }
}
