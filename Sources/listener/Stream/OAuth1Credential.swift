import Shared

/// The four values of an OAuth 1.0a user context; the secrets sign and are never sent.
struct OAuth1Credential: Sendable {
    var consumerKey: String
    var consumerSecret: Secret
    var accessToken: String
    var accessTokenSecret: Secret
}

/// Keys and tokens are settings that nothing prints, like the secrets beside them.
extension OAuth1Credential: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    var description: String { "<redacted>" }
    var debugDescription: String { "<redacted>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
