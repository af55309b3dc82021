import Shared

/// What proves to the stream's server who asks.
enum StreamCredential: Sendable {
    case anonymous
    case bearer(Secret)
    case oauth1(OAuth1Credential)

    /// Whether a request is only valid for a while after the time that it states.
    var isTimed: Bool {
        switch self {
        case .anonymous, .bearer: false
        case .oauth1: true
        }
    }
}
