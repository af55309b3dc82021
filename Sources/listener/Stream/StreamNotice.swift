import FoundationEssentials
import Shared

/// What the server says in the stream to whoever holds it, as far as somebody should know.
enum StreamNotice: Equatable, Sendable {
    case disconnect(StreamDisconnect)
    /// Posts that matched and were not delivered, by one of the server's counters.
    case limit(undelivered: Int)
    /// The server's queue for this connection fills; nil where it does not say how far.
    case fallingBehind(percentFull: Int?)
    /// An error or warning that is none of the above.
    case other(String)
}

extension StreamNotice {
    /// Notices are rare, so that a whole decoder may read them.
    ///
    /// - Returns: nil for what concerns posts and accounts, and for what cannot be read.
    init?(_ kind: NoticeKind, _ line: UnsafeRawBufferPointer) {
        switch kind {
        case .disconnect, .errors, .warning, .limit: break
        case .delete, .scrubGeo, .statusWithheld, .userWithheld, .friends, .event, .unknown:
            return nil
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(line)) else {
            return nil
        }
        self.init(kind, document)
    }

    private init?(_ kind: NoticeKind, _ document: Document) {
        switch kind {
        case .disconnect:
            let message = document.disconnect
            self = .disconnect(
                StreamDisconnect(
                    code: message?.code, reason: Self.printable([message?.reason])))
        case .errors:
            self.init(errors: document.errors ?? [])
        case .warning:
            let warning = document.warning
            if warning?.code == "FALLING_BEHIND" {
                self = .fallingBehind(percentFull: warning?.percentFull)
            } else {
                guard let text = Self.printable([warning?.code, warning?.message]) else {
                    return nil
                }
                self = .other(text)
            }
        case .limit:
            guard let count = document.limit?.track else { return nil }
            self = .limit(undelivered: count)
        case .delete, .scrubGeo, .statusWithheld, .userWithheld, .friends, .event, .unknown:
            return nil
        }
    }

    /// The first error that announces an end counts; else the first that says anything.
    private init?(errors: [Problem]) {
        if let disconnect = errors.lazy.compactMap(Self.disconnect).first {
            self = .disconnect(disconnect)
            return
        }
        let texts = errors.lazy.compactMap { Self.printable([$0.title, $0.detail ?? $0.message]) }
        guard let text = texts.first else { return nil }
        self = .other(text)
    }

    /// The host of `type` is `api.twitter.com` or `api.x.com`, so only its last part counts.
    private static func disconnect(_ problem: Problem) -> StreamDisconnect? {
        let type = problem.type?.split(separator: "/").last.map(String.init)
        let isDisconnect = type == "operational-disconnect" || type == "streaming-connection"
        guard
            let name = problem.disconnectType ?? problem.connectionIssue
                ?? (isDisconnect ? type : nil)
        else { return nil }
        return StreamDisconnect(
            type: printable([name]) ?? "disconnect", detail: printable([problem.detail]))
    }

    private static func printable(_ words: [String?]) -> String? {
        StreamProblem.printable(words.compactMap { $0 })
    }
}

extension StreamNotice {
    /// A field of an unexpected type counts as missing.
    private struct Document: Decodable {
        var disconnect: Disconnect?
        var warning: Warning?
        var limit: Limit?
        var errors: [Problem]?

        private enum CodingKeys: String, CodingKey {
            case disconnect, warning, limit, errors
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            disconnect = try? values.decode(Disconnect.self, forKey: .disconnect)
            warning = try? values.decode(Warning.self, forKey: .warning)
            limit = try? values.decode(Limit.self, forKey: .limit)
            errors = try? values.decode([Problem].self, forKey: .errors)
        }
    }

    private struct Disconnect: Decodable {
        var code: Int?
        var reason: String?

        private enum CodingKeys: String, CodingKey {
            case code, reason
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            code = try? values.decode(Int.self, forKey: .code)
            reason = try? values.decode(String.self, forKey: .reason)
        }
    }

    private struct Warning: Decodable {
        var code: String?
        var message: String?
        var percentFull: Int?

        private enum CodingKeys: String, CodingKey {
            case code, message
            case percentFull = "percent_full"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            code = try? values.decode(String.self, forKey: .code)
            message = try? values.decode(String.self, forKey: .message)
            percentFull = try? values.decode(Int.self, forKey: .percentFull)
        }
    }

    private struct Limit: Decodable {
        var track: Int
    }

    private struct Problem: Decodable {
        var title: String?
        var detail: String?
        var message: String?
        var type: String?
        var disconnectType: String?
        var connectionIssue: String?

        private enum CodingKeys: String, CodingKey {
            case title, detail, message, type
            case disconnectType = "disconnect_type"
            case connectionIssue = "connection_issue"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            title = try? values.decode(String.self, forKey: .title)
            detail = try? values.decode(String.self, forKey: .detail)
            message = try? values.decode(String.self, forKey: .message)
            type = try? values.decode(String.self, forKey: .type)
            disconnectType = try? values.decode(String.self, forKey: .disconnectType)
            connectionIssue = try? values.decode(String.self, forKey: .connectionIssue)
        }
    }
}
