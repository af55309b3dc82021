/// Times as HTTP writes them in `Date`: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads the one form that senders may still write; nil for any other text.
    package static func parse(_ text: some StringProtocol) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
            let month = months.firstIndex(where: { $0 == parts[2] }),
            let day = Int64(parts[1])
        else { return nil }
        return Timestamp("\(parts[3])-\(pad(Int64(month) + 1, 2))-\(pad(day, 2))T\(parts[4])Z")
    }
}
