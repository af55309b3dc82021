/// The role of a container, as ECS and EKS offer it at an address in the environment.
struct ContainerCredentials: CredentialSource {
    var environment: [String: String]
    var http: HTTPClient

    let name = "the container's role"

    /// Where ECS and EKS listen; they speak plain HTTP inside the machine.
    private static let plainHosts = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

    func load() async throws(ObjectStoreError) -> AWSCredentials? {
        guard let url = try url() else { return nil }
        var request = HTTPRequest(.get, url, timeouts: CredentialRequest.localTimeouts)
        request.headers["Authorization"] = try authorization()
        request.usesProxy = false
        let response = try await CredentialRequest.send(request, over: http, to: name)
        return try CredentialDocument.credentials(response, from: name)
    }

    private func url() throws(ObjectStoreError) -> String? {
        if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw failure("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with /")
            }
            return "http://\(Self.plainHosts[0])\(path)"
        }
        guard let url = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        let address = String(url.prefix { $0 != "?" })
        guard let endpoint = ServiceEndpoint(address),
            endpoint.scheme == "https" || Loopback.contains(endpoint.authority)
                || Self.plainHosts.contains(Loopback.host(endpoint.authority))
        else {
            throw failure(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI: only https, this machine and the addresses of "
                    + "ECS and EKS are asked for credentials")
        }
        return url
    }

    private func authorization() throws(ObjectStoreError) -> String? {
        let token: String?
        if let path = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            do {
                token = String(try TextFile.read(path)[...].trimmingBlanks())
            } catch {
                throw ObjectStoreError(.accessDenied, "\(name): its token", cause: error)
            }
        } else {
            token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        // A line end would let the token add headers of its own.
        guard token?.contains(where: \.isNewline) != true else {
            throw failure("its token has more than one line")
        }
        return token
    }

    private func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func failure(_ reason: String) -> ObjectStoreError {
        ObjectStoreError(.accessDenied, "\(name): \(reason)")
    }
}
