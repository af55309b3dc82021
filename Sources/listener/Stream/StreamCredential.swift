import Shared

/// What proves to the stream's server who asks.
enum StreamCredential: Sendable {
    case anonymous
    case bearer(Secret)
    /// A header field of the server's own choice, such as `X-API-Key`.
    case header(name: String, value: Secret)
    case oauth1(OAuth1Credential)

    /// Where it comes from.
    var settings: String {
        switch self {
        case .anonymous, .bearer: "LISTENER_BEARER_TOKEN"
        case .header: "LISTENER_STREAM_HEADER"
        case .oauth1: "CONSUMER_KEY, CONSUMER_SECRET, ACCESS_TOKEN and ACCESS_TOKEN_SECRET"
        }
    }

    /// Whether a request is only valid for a while after the time that it states.
    var isTimed: Bool {
        switch self {
        case .anonymous, .bearer, .header: false
        case .oauth1: true
        }
    }
}
