/// Tokens of the paged listings of v2: sixteen characters, as X's are.
enum PageToken {
    private static let prefix = "page"

    static func token(_ offset: Int) -> String {
        let digits = String(offset)
        return prefix + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static func offset(_ token: String) -> Int? {
        guard token.utf8.count == 16, token.hasPrefix(prefix) else { return nil }
        return Int(token.dropFirst(prefix.count)).flatMap { $0 >= 0 ? $0 : nil }
    }
}
