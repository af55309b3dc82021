import Shared

/// One `name=value` of a query or form, not encoded.
struct StreamParameter: Equatable, Sendable {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// `name=value`, encoded.
    var encoded: String {
        PercentEncoding.encode(name) + "=" + PercentEncoding.encode(value)
    }
}

extension [StreamParameter] {
    /// Joined with `&`, in the order given.
    var encoded: String {
        map(\.encoded).joined(separator: "&")
    }
}
