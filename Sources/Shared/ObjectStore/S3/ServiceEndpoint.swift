/// Where a service is: `https://s3.eu-west-1.amazonaws.com`, or another that speaks its language.
struct ServiceEndpoint: Hashable, Sendable {
    /// `http` or `https`.
    var scheme: String
    /// Host and, where it is not the scheme's own, port.
    var authority: String
    /// What comes before the bucket in every path: empty, or beginning and not ending with `/`.
    var basePath = ""

    /// The address of S3 in a region of AWS.
    init(region: String) {
        scheme = "https"
        authority = "s3.\(region).\(AWSRegion.domain(of: region))"
    }

    /// Reads `http[s]://host[:port][/path]`; nil for any other text.
    init?(_ url: String) {
        guard let separator = url.firstRange(of: "://"),
            ["http", "https"].contains(url[..<separator.lowerBound])
        else { return nil }
        scheme = String(url[..<separator.lowerBound])
        let rest = url[separator.upperBound...]
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, !host.contains(where: { "@?# ".contains($0) }) else { return nil }
        let standardPort = scheme == "https" ? ":443" : ":80"
        authority = String(host.hasSuffix(standardPort) ? host.dropLast(standardPort.count) : host)
        basePath = rest.dropFirst(host.count).split(separator: "/").map { "/\($0)" }.joined()
    }
}

extension ServiceEndpoint: CustomStringConvertible {
    var description: String { "\(scheme)://\(authority)\(basePath)" }
}
