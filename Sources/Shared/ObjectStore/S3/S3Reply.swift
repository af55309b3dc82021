/// The answer to a call that succeeded.
struct S3Reply: Sendable {
    var response: HTTPResponse
    /// The root of its document, where the call has one.
    var document: XMLElement?

    var headers: HTTPHeaders { response.headers }

    var etag: ETag { ETag(header: headers["ETag"] ?? "") }
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
