/// Addresses that do not leave the machine.
enum Loopback {
    /// - Parameter authority: a host with or without a port.
    static func contains(_ authority: String) -> Bool {
        let host = host(authority)
        return host == "localhost" || host == "[::1]"
            || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
    }

    /// Without the port.
    static func host(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[...end])
        }
        return String(authority.prefix { $0 != ":" })
    }
}
