/// Which bucket, where, and how it is addressed, worked out from `s3://bucket/prefix` and the
/// environment that every AWS tool reads.
struct S3Configuration: Sendable {
    /// As an operator wrote it, without a `/` at the end.
    var name: String
    var bucket: String
    /// In front of every key, without a `/` at either end; empty for none.
    var prefix: String
    /// Nil for AWS itself, whose address depends on the region.
    var endpoint: ServiceEndpoint?
    /// Whether the bucket is in the path instead of in the host's name.
    var usesPathStyle: Bool
    /// Nil where only the instance's metadata can tell.
    var region: String?

    init(_ url: String, environment: [String: String]) throws(ObjectStoreError) {
        (bucket, prefix) = try Self.parse(url)
        name = prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)"
        endpoint = try Self.endpoint(environment)
        usesPathStyle = try Self.usesPathStyle(
            environment, byDefault: endpoint != nil || bucket.contains("."))
        region =
            try Self.region(environment) ?? (endpoint == nil ? nil : AWSRegion.fallback)
    }

    /// The name of an object in the bucket.
    func bucketKey(_ key: String) -> String {
        prefix.isEmpty ? key : "\(prefix)/\(key)"
    }

    private static func parse(
        _ url: String
    ) throws(ObjectStoreError) -> (bucket: String, prefix: String) {
        let scheme = "s3://"
        let parts = url.dropFirst(scheme.count)
            .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard url.hasPrefix(scheme), let bucket = parts.first, isBucketName(bucket) else {
            throw ObjectStoreError(
                .invalidRequest, "\(url): not a store: write it as s3://bucket/prefix")
        }
        var prefix = parts.dropFirst().first ?? ""
        if prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.isEmpty || ObjectKey(prefix) != nil else {
            throw ObjectStoreError(
                .invalidRequest,
                "\(url): the prefix has an empty part, a dot part or a "
                    + "control character")
        }
        return (String(bucket), String(prefix))
    }

    /// Also the names that AWS no longer gives out and other stores still have.
    private static func isBucketName(_ text: some StringProtocol) -> Bool {
        (3...255).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private static func endpoint(
        _ environment: [String: String]
    ) throws(ObjectStoreError) -> ServiceEndpoint? {
        for variable in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] {
            guard let text = environment[variable], !text.isEmpty else { continue }
            guard let endpoint = ServiceEndpoint(text) else {
                throw ObjectStoreError(
                    .invalidRequest,
                    "\(variable): \"\(text)\" is not http://host[:port] or "
                        + "https://host[:port]")
            }
            return endpoint
        }
        return nil
    }

    private static func usesPathStyle(
        _ environment: [String: String], byDefault: Bool
    ) throws(ObjectStoreError) -> Bool {
        switch environment["AWS_S3_ADDRESSING_STYLE"] {
        case nil, "", "auto": return byDefault
        case "path": return true
        case "virtual": return false
        case .some(let style):
            throw ObjectStoreError(
                .invalidRequest,
                "AWS_S3_ADDRESSING_STYLE: \"\(style)\" is neither path nor virtual")
        }
    }

    private static func region(
        _ environment: [String: String]
    ) throws(ObjectStoreError) -> String? {
        for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let region = environment[variable], !region.isEmpty { return region }
        }
        return try SharedProfile.load(environment)?["region"]
    }
}
