/// The parameters of an `Authorization: OAuth ...` header, decoded.
struct OAuthHeader {
    let parameters: [FormField]

    init?(_ header: String) {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "oauth" else { return nil }
        var parameters: [FormField] = []
        for part in words[1].split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            let name = pair[0].drop { $0 == " " }
            let value = pair[1].drop { $0 == " " }
            guard value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return nil }
            parameters.append(
                FormField(
                    name: PercentEncoding.decode(name),
                    value: PercentEncoding.decode(value.dropFirst().dropLast())))
        }
        self.parameters = parameters
    }

    /// The value of a parameter that stands there exactly once.
    subscript(_ name: String) -> String? {
        let values = parameters.filter { $0.name == name }
        return values.count == 1 ? values.first?.value : nil
    }
}
