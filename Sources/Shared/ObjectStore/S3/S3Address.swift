/// Where one call goes: the parts of its URL, as they are signed and as they are sent.
struct S3Address: Sendable {
    var scheme: String
    var authority: String
    /// Percent-encoded; begins with `/`.
    var path: String

    init(_ configuration: S3Configuration, region: String, bucketKey: String?) {
        let endpoint = configuration.endpoint ?? ServiceEndpoint(region: region)
        let bucket = configuration.bucket
        scheme = endpoint.scheme
        authority =
            configuration.usesPathStyle ? endpoint.authority : "\(bucket).\(endpoint.authority)"
        let parts = configuration.usesPathStyle ? [bucket, bucketKey] : [bucketKey ?? ""]
        path =
            endpoint.basePath
            + parts.compactMap { $0 }
            .map { "/" + PercentEncoding.encode($0, keeping: "/") }
            .joined()
    }

    func url(_ query: QueryItems) -> String {
        let encoded = query.encoded
        return "\(scheme)://\(authority)\(path)" + (encoded.isEmpty ? "" : "?\(encoded)")
    }
}
