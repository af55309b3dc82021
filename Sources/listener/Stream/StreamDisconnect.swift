/// A server's announcement that it is about to end the connection.
struct StreamDisconnect: Equatable, Sendable {
    enum Consequence: Equatable, Sendable {
        /// As after any lost connection.
        case reconnect
        /// The same; the server says that we read too slowly.
        case slowReader
        /// Another client uses the credential, and one of the two has to yield.
        case conflict
        /// The credential does not hold any more.
        case revoked
    }

    var consequence: Consequence
    /// Fit for a log line, such as `disconnect code 7 (admin logout)`.
    var name: String
}

extension StreamDisconnect {
    /// v1.1. X's list ends at 12 and says that more "may be used without warning".
    init(code: Int?, reason: String?) {
        let words = [code.map { "disconnect code \($0)" } ?? "disconnect"]
        name = (words + [reason.map { "(\($0))" }].compactMap { $0 }).joined(separator: " ")
        consequence =
            switch code {
            case 2, 7: .conflict
            case 4: .slowReader
            case 6: .revoked
            default: .reconnect
            }
    }

    /// v2. Unknown types may come at any time, and mean no more than that the connection ends.
    init(type: String, detail: String?) {
        name = type + (detail.map { " (\($0))" } ?? "")
        consequence =
            switch type {
            case "SlowReader": .slowReader
            case "TooManyConnections": .conflict
            default: .reconnect
            }
    }
}

extension StreamDisconnect {
    /// What a person should look at, where there is something.
    ///
    /// - Parameter credential: the names of the settings that hold it.
    func advice(credential: String) -> String? {
        switch consequence {
        case .reconnect: nil
        case .slowReader: "the server had to wait for us: check this machine's load and disk"
        // Told with the wait that follows.
        case .conflict: nil
        case .revoked: "check \(credential), and whether it was revoked"
        }
    }
}
