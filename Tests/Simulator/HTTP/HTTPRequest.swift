/// A request, parsed.
struct HTTPRequest {
    var method: String
    /// Percent-encoded, as it came.
    var path: String
    /// The part after `?`, as it came.
    var queryText: String
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var query: [FormField] { FormField.parse(queryText) }

    /// The fields of a body that is a form; none when it is something else.
    var form: [FormField] {
        let type = headers["content-type", default: ""].lowercased()
        guard type.hasPrefix("application/x-www-form-urlencoded") else { return [] }
        return FormField.parse(String(decoding: body, as: UTF8.self))
    }
}
