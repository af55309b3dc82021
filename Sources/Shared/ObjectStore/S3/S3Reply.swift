/// The answer to a call that succeeded.
struct S3Reply: Sendable {
    var response: HTTPResponse
    /// The root of its document, where the call has one.
    var document: XMLElement?

    var headers: HTTPHeaders { response.headers }

    var etag: ETag { ETag(header: headers["ETag"] ?? "") }

    /// The SHA-256 of the whole object, where the store keeps it.
    ///
    /// For an object that came in parts S3 keeps the checksum of the parts' checksums under the
    /// same name; not every store marks it as such, but the ETag of such an object has a `-`.
    var digest: ContentDigest? {
        guard !etag.text.contains("-"), headers["x-amz-checksum-type"] != "COMPOSITE" else {
            return nil
        }
        return headers[S3Header.checksum].flatMap { ContentDigest(base64: $0) }
    }
}

extension ETag {
    /// As HTTP and listings write it: in quotes, which are not part of it here.
    init(header text: String) {
        var rest = text[...]
        if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
        if rest.count >= 2, rest.hasPrefix("\""), rest.hasSuffix("\"") {
            rest = rest.dropFirst().dropLast()
        }
        self.init(String(rest))
    }

    /// As `If-Match` wants it.
    var header: String { "\"\(text)\"" }
}
