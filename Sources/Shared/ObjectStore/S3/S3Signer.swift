import Crypto

/// Signs requests with AWS Signature Version 4, the signature in the `Authorization` header.
///
/// Pure: the same request, credentials and time give the same headers. All headers of the request
/// are signed, so nothing on the way can take a condition off a write.
struct S3Signer: Sendable {
    struct Request: Sendable {
        var method: String
        /// As in the `Host` header: without the port where it is the scheme's own.
        var authority: String
        /// Percent-encoded; begins with `/`.
        var path: String
        var query: QueryItems
        var headers: HTTPHeaders
        /// SHA-256 of the body.
        var payload: ContentDigest
    }

    var region: String
    var service = "s3"

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// The headers to send: those of the request and the ones that prove who sent it.
    func headers(
        for request: Request, credentials: AWSCredentials, at time: Timestamp
    ) -> HTTPHeaders {
        var headers = request.headers
        headers["x-amz-content-sha256"] = request.payload.hex
        headers["x-amz-date"] = Self.dateTime(time)
        headers["x-amz-security-token"] = credentials.sessionToken?.revealed
        headers["Authorization"] = authorization(request, headers, credentials, time)
        return headers
    }

    private func authorization(
        _ request: Request, _ headers: HTTPHeaders, _ credentials: AWSCredentials,
        _ time: Timestamp
    ) -> String {
        let fields = Self.canonicalFields(headers, authority: request.authority)
        let signedNames = fields.map(\.name).joined(separator: ";")
        let canonicalRequest = [
            request.method, request.path, request.query.encoded,
            fields.map { "\($0.name):\($0.value)\n" }.joined(), signedNames, request.payload.hex,
        ].joined(separator: "\n")

        let scope = "\(Self.date(time))/\(region)/\(service)/aws4_request"
        let digest = Array(SHA256.hash(data: Array(canonicalRequest.utf8))).hex
        let stringToSign = [Self.algorithm, Self.dateTime(time), scope, digest]
            .joined(separator: "\n")
        let signature = Self.authenticate(stringToSign, key: signingKey(credentials, time))
        return "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(signedNames), Signature=\(signature.hex)"
    }

    private func signingKey(_ credentials: AWSCredentials, _ time: Timestamp) -> [UInt8] {
        let start = Array("AWS4\(credentials.secretAccessKey.revealed)".utf8)
        return [Self.date(time), region, service, "aws4_request"]
            .reduce(start) { key, part in Self.authenticate(part, key: key) }
    }

    private static func authenticate(_ text: String, key: [UInt8]) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    /// Names in lower case and sorted, values without blanks at the ends and without runs of them.
    private static func canonicalFields(
        _ headers: HTTPHeaders, authority: String
    ) -> [HTTPHeaders.Field] {
        var fields = headers.fields.map { field in
            HTTPHeaders.Field(
                name: field.name.lowercased(),
                value: field.value.split(separator: " ").joined(separator: " "))
        }
        fields.append(HTTPHeaders.Field(name: "host", value: authority))
        return fields.sorted { $0.name < $1.name }
    }

    /// `YYYYMMDDTHHMMSSZ`.
    private static func dateTime(_ time: Timestamp) -> String {
        time.compactDescription.prefix(15) + "Z"
    }

    private static func date(_ time: Timestamp) -> String {
        String(time.compactDescription.prefix(8))
    }
}
