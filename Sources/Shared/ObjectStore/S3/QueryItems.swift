/// The query of a request, in the one order and spelling that is both signed and sent.
struct QueryItems: Sendable, ExpressibleByDictionaryLiteral {
    private var items: [(name: String, value: String)]

    init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    mutating func append(_ name: String, _ value: String) {
        items.append((name, value))
    }

    /// Percent-encoded and sorted, with `=` also where there is no value.
    var encoded: String {
        items.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }
}
