/// Names of headers that more than one call uses.
enum S3Header {
    static let checksum = "x-amz-checksum-sha256"
    static let checksumMode = "x-amz-checksum-mode"
    static let checksumAlgorithm = "x-amz-checksum-algorithm"
}

extension HTTPHeaders {
    /// Adds what makes a write conditional.
    mutating func add(_ condition: WriteCondition) {
        switch condition {
        case .always: break
        case .absent: self["If-None-Match"] = "*"
        case .matches(let etag): self["If-Match"] = etag.header
        }
    }
}

extension S3Request {
    static func head(_ bucketKey: String) -> S3Request {
        S3Request(
            action: "head", method: .head, bucketKey: bucketKey,
            headers: [S3Header.checksumMode: "ENABLED"])
    }

    static func get(
        _ bucketKey: String, range: Range<Int>? = nil, matching etag: ETag?, sink: HTTPSink
    ) -> S3Request {
        var headers = HTTPHeaders()
        headers["If-Match"] = etag?.header
        headers["Range"] = range.map { "bytes=\($0.lowerBound)-\($0.upperBound - 1)" }
        if range == nil { headers[S3Header.checksumMode] = "ENABLED" }
        return S3Request(
            action: "get", method: .get, bucketKey: bucketKey, headers: headers, sink: sink,
            reply: .object)
    }
}
