/// What a zone signs in with; made from its name, so that every test knows it.
struct ZoneCredentials: Sendable {
    let zone: String

    var bearerToken: String { "token-\(zone)" }
    var consumerKey: String { "consumer-key-\(zone)" }
    var consumerSecret: String { "consumer-secret-\(zone)" }
    var accessToken: String { "access-token-\(zone)" }
    var accessTokenSecret: String { "access-token-secret-\(zone)" }

    /// Lines of an environment file; the zone's name is part of each name.
    var environment: String {
        """
        BEARER_TOKEN_\(zone)=\(bearerToken)
        CONSUMER_KEY_\(zone)=\(consumerKey)
        CONSUMER_SECRET_\(zone)=\(consumerSecret)
        ACCESS_TOKEN_\(zone)=\(accessToken)
        ACCESS_TOKEN_SECRET_\(zone)=\(accessTokenSecret)

        """
    }
}
