/// Comma-separated values, as RFC 4180 quotes them.
enum CSV {
    static func quoted(_ cell: String) -> String {
        let doubled = cell.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"")
        return "\"\(doubled)\""
    }

    static func needsQuotes(_ cell: String) -> Bool {
        cell.utf8.contains { "\",\r\n".utf8.contains($0) }
    }
}
