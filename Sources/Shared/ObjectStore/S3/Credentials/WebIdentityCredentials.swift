/// A role taken on with a token that Kubernetes or another provider keeps in a file.
struct WebIdentityCredentials: CredentialSource {
    var environment: [String: String]
    var region: RegionCache
    var http: HTTPClient

    let name = "web identity"

    func load() async throws(ObjectStoreError) -> AWSCredentials? {
        guard let path = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], !path.isEmpty else {
            return nil
        }
        guard let role = environment["AWS_ROLE_ARN"], !role.isEmpty else {
            throw ObjectStoreError(
                .accessDenied, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")
        }
        let identity = WebIdentity(
            role: role, tokenPath: path, sessionName: environment["AWS_ROLE_SESSION_NAME"],
            endpoint: SecurityTokenService.endpoint(environment))
        return try await SecurityTokenService(region: region, http: http).assume(identity)
    }
}

/// Who asks for which role.
struct WebIdentity: Sendable {
    var role: String
    /// Read anew each time: the provider replaces the token before it expires.
    var tokenPath: String
    /// As it appears in the logs of AWS.
    var sessionName: String?
    /// Nil for the address of AWS.
    var endpoint: String?
}
