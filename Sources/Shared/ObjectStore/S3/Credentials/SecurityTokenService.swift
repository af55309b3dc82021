/// AWS STS, for the one call that needs no credentials: `AssumeRoleWithWebIdentity`.
struct SecurityTokenService: Sendable {
    var region: RegionCache
    var http: HTTPClient

    private static let apiVersion = "2011-06-15"

    static func endpoint(_ environment: [String: String]) -> String? {
        ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].lazy
            .compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    func assume(_ identity: WebIdentity) async throws(ObjectStoreError) -> AWSCredentials {
        let token: String
        do {
            token = String(try TextFile.read(identity.tokenPath)[...].trimmingBlanks())
        } catch {
            throw ObjectStoreError(.accessDenied, "web identity token", cause: error)
        }
        let endpoint = try await endpoint(identity)
        let form: QueryItems = [
            "Action": "AssumeRoleWithWebIdentity", "Version": Self.apiVersion,
            "RoleArn": identity.role, "RoleSessionName": identity.sessionName ?? "tributary",
            "WebIdentityToken": token,
        ]
        let request = HTTPRequest(
            .post, "\(endpoint)/",
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .bytes(Array(form.encoded.utf8)), timeouts: CredentialRequest.timeouts)
        let response = try await CredentialRequest.send(request, over: http, to: "STS")
        return try Self.credentials(response, role: identity.role)
    }

    private func endpoint(_ identity: WebIdentity) async throws(ObjectStoreError) -> String {
        if let text = identity.endpoint {
            guard let endpoint = ServiceEndpoint(text),
                endpoint.scheme == "https" || Loopback.contains(endpoint.authority)
            else {
                throw ObjectStoreError(
                    .accessDenied,
                    "STS endpoint \"\(text)\": a token is sent over https, or over "
                        + "http to this machine only")
            }
            return endpoint.description
        }
        let region = try await region.current()
        return "https://sts.\(region).\(AWSRegion.domain(of: region))"
    }

    private static func credentials(
        _ response: HTTPResponse, role: String
    ) throws(ObjectStoreError) -> AWSCredentials {
        let document = try? XMLReader.read(response.body)
        guard response.isSuccess,
            let found = document?["AssumeRoleWithWebIdentityResult"]?["Credentials"],
            let id = found.value("AccessKeyId"), let secret = found.value("SecretAccessKey")
        else {
            let refusal = S3Refusal(response, document: document)
            throw ObjectStoreError(
                .accessDenied,
                "STS: role \(role): \(refusal.summary): check the role's trust "
                    + "policy and that the token is not expired")
        }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: Secret(secret),
            sessionToken: found.value("SessionToken").map { Secret($0) },
            expiration: found.value("Expiration").flatMap { Timestamp($0) })
    }
}
