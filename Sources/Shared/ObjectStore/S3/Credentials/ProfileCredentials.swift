/// A profile of the shared files: static keys, or a role taken on with a web identity.
struct ProfileCredentials: CredentialSource {
    var environment: [String: String]
    var region: RegionCache
    var http: HTTPClient

    let name = "the shared AWS files"

    func load() async throws(ObjectStoreError) -> AWSCredentials? {
        guard let profile = try SharedProfile.load(environment) else { return nil }
        if let id = profile["aws_access_key_id"] {
            guard let secret = profile["aws_secret_access_key"] else {
                throw failure(profile, "aws_access_key_id without aws_secret_access_key")
            }
            return AWSCredentials(
                accessKeyID: id, secretAccessKey: Secret(secret),
                sessionToken: profile["aws_session_token"].map { Secret($0) })
        }
        if let role = profile["role_arn"], let path = profile["web_identity_token_file"] {
            let identity = WebIdentity(
                role: role, tokenPath: path, sessionName: profile["role_session_name"],
                endpoint: SecurityTokenService.endpoint(environment))
            return try await SecurityTokenService(region: region, http: http).assume(identity)
        }
        try refuseUnsupported(profile)
        return nil
    }

    /// A profile that says how to get credentials must not be passed over in silence.
    private func refuseUnsupported(_ profile: SharedProfile) throws(ObjectStoreError) {
        let settings = [
            "credential_process", "source_profile", "credential_source", "role_arn",
            "sso_session", "sso_start_url", "login_session",
        ]
        for setting in settings where profile[setting] != nil {
            throw failure(
                profile,
                "\(setting) is not supported: run "
                    + "`aws configure export-credentials --format env` and set what it prints")
        }
    }

    private func failure(_ profile: SharedProfile, _ reason: String) -> ObjectStoreError {
        ObjectStoreError(.accessDenied, "AWS profile \(profile.name): \(reason)")
    }
}
