import Shared

/// The four values of an OAuth 1.0a user context; the secrets sign and are never sent.
struct OAuth1Credential: Sendable {
    var consumerKey: String
    var consumerSecret: Secret
    var accessToken: String
    var accessTokenSecret: Secret
}
