import Shared

/// Where the admin endpoint listens: a host and a port, `[::1]:9464` for IPv6; port 0 is any.
struct AdminAddress: Equatable, Sendable, CustomStringConvertible {
    var host: String
    var port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let port = UInt16(digits), let host = Self.host(text[..<colon])
        else { return nil }
        self.host = host
        self.port = Int(port)
    }

    /// Without its brackets, which only an IPv6 address has and must have.
    private static func host(_ text: Substring) -> String? {
        guard text.contains(":") || text.hasPrefix("[") else {
            return text.isEmpty ? nil : String(text)
        }
        guard text.hasPrefix("["), text.hasSuffix("]"), text.count > 2 else { return nil }
        return String(text.dropFirst().dropLast())
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
