/// The metadata service of an EC2 instance, version 2 only.
///
/// Version 1 answers whoever can make the machine send a GET, so it is never asked, not even where
/// version 2 is refused.
actor InstanceMetadata {
    private let endpoint: String?
    private let http: HTTPClient
    private var token: (value: Secret, end: ContinuousClock.Instant)?

    /// The longest that AWS allows.
    private static let tokenLifetime = Duration.seconds(21_600)
    private static let tokenMargin = Duration.seconds(60)

    init(_ environment: [String: String], http: HTTPClient) {
        self.http = http
        endpoint = Self.endpoint(environment)
    }

    /// The text at a path below `/latest/meta-data/`; nil where there is no such service or entry.
    func text(_ path: String) async throws(ObjectStoreError) -> String? {
        guard let response = try await get(path) else { return nil }
        return String(String(decoding: response.body, as: UTF8.self)[...].trimmingBlanks())
    }

    func get(_ path: String) async throws(ObjectStoreError) -> HTTPResponse? {
        guard let endpoint, let token = try await currentToken() else { return nil }
        var request = request(.get, "\(endpoint)/latest/meta-data/\(path)")
        request.headers["X-aws-ec2-metadata-token"] = token.revealed
        let response = try await CredentialRequest.send(request, over: http, to: Self.name)
        if response.status == 404 { return nil }
        guard response.isSuccess else {
            throw ObjectStoreError(
                .accessDenied, "\(Self.name): \(path): refused with HTTP \(response.status)")
        }
        return response
    }

    private func currentToken() async throws(ObjectStoreError) -> Secret? {
        if let token, token.end > .now { return token.value }
        guard let endpoint else { return nil }
        var request = request(.put, "\(endpoint)/latest/api/token")
        let seconds = Self.tokenLifetime.components.seconds
        request.headers["X-aws-ec2-metadata-token-ttl-seconds"] = "\(seconds)"
        let response: HTTPResponse
        do {
            response = try await http.send(request)
        } catch {
            // Nobody there: most machines are not EC2 instances.
            return nil
        }
        guard response.isSuccess, !response.body.isEmpty else {
            throw ObjectStoreError(
                .accessDenied,
                "\(Self.name): no token: HTTP \(response.status): in a container, "
                    + "the hop limit of the instance must be 2")
        }
        let value = Secret(String(decoding: response.body, as: UTF8.self))
        token = (value, .now + Self.tokenLifetime - Self.tokenMargin)
        return value
    }

    private func request(_ method: HTTPRequest.Method, _ url: String) -> HTTPRequest {
        var request = HTTPRequest(method, url, timeouts: CredentialRequest.localTimeouts)
        request.usesProxy = false
        return request
    }

    static let name = "the instance's metadata"

    private static func endpoint(_ environment: [String: String]) -> String? {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        if let text = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"], !text.isEmpty {
            return ServiceEndpoint(text)?.description
        }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        return isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }
}

/// The id of the availability zone this machine is in, such as `use1-az2`: the same for every
/// account, unlike the zone's name. Nil on a machine that is not an EC2 instance.
package func availabilityZoneID(
    environment: [String: String]
) async throws(ObjectStoreError) -> String? {
    let metadata = InstanceMetadata(environment, http: HTTPClient())
    return try await metadata.text("placement/availability-zone-id")
}
