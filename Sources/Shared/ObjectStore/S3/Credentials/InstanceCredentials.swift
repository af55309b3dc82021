/// The role of an EC2 instance.
struct InstanceCredentials: CredentialSource {
    var metadata: InstanceMetadata

    let name = InstanceMetadata.name

    private static let path = "iam/security-credentials/"

    func load() async throws(ObjectStoreError) -> AWSCredentials? {
        guard let roles = try await metadata.text(Self.path),
            let role = roles.split(whereSeparator: \.isNewline).first
        else { return nil }
        let name = PercentEncoding.encode(role)
        guard let response = try await metadata.get(Self.path + name) else {
            throw ObjectStoreError(.accessDenied, "\(self.name): no credentials for role \(role)")
        }
        return try CredentialDocument.credentials(response, from: self.name)
    }
}
