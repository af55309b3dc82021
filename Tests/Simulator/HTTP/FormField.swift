/// A name and a value of a query or a form, decoded.
struct FormField: Equatable {
    var name: String
    var value: String

    static func parse(_ text: String) -> [FormField] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return FormField(
                name: PercentEncoding.decodeForm(parts[0]),
                value: parts.count > 1 ? PercentEncoding.decodeForm(parts[1]) : "")
        }
    }
}
