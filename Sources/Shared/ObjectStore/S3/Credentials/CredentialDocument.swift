import FoundationEssentials

/// The JSON in which containers and instances are given their credentials.
struct CredentialDocument: Decodable {
    var accessKeyID: String
    var secretAccessKey: String
    var token: String?
    var expiration: String?

    private enum CodingKeys: String, CodingKey {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
    }

    /// - Parameter service: for messages.
    static func credentials(
        _ response: HTTPResponse, from service: String
    ) throws(ObjectStoreError) -> AWSCredentials {
        guard response.isSuccess else {
            throw ObjectStoreError(
                .accessDenied, "\(service): refused with HTTP \(response.status)")
        }
        let document: CredentialDocument
        do {
            document = try JSONDecoder().decode(Self.self, from: Data(response.body))
        } catch {
            // The decoder's own error may quote the document, which holds secrets.
            throw ObjectStoreError(
                .accessDenied, "\(service): the answer is not a document of credentials")
        }
        return AWSCredentials(
            accessKeyID: document.accessKeyID, secretAccessKey: Secret(document.secretAccessKey),
            sessionToken: document.token.map { Secret($0) },
            expiration: document.expiration.flatMap { Timestamp($0) })
    }
}
