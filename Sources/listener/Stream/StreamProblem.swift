import FoundationEssentials

/// What the body of a refusal says, as far as it can be read: X sends problem+json (RFC 9457),
/// older endpoints a list of codes or plain text, proxies HTML.
struct StreamProblem: Equatable, Sendable {
    enum Limit: Equatable, Sendable {
        case connections
        case requests
        case usage
    }

    /// In Unicode scalars.
    static let summaryMax = 200

    /// Which limit was hit, where the body tells.
    private(set) var limit: Limit?
    /// Fit for a log line: one line, printable, bounded.
    private(set) var summary: String?

    init(body: [UInt8]) {
        if let problem = try? JSONDecoder().decode(Document.self, from: Data(body)) {
            limit = Self.limit(of: problem)
            summary = Self.printable(problem.words)
        } else {
            limit = Self.limit(of: String(decoding: body, as: UTF8.self).lowercased())
        }
    }

    /// The host of `type` is `api.twitter.com` or `api.x.com`, so only its last part counts.
    private static func limit(of problem: Document) -> Limit? {
        let type = problem.type?.split(separator: "/").last.map(String.init)
        if problem.connectionIssue == "TooManyConnections" { return .connections }
        if type == "usage-capped" { return .usage }
        if type == "rate-limit-exceeded" || problem.codes.contains(88) { return .requests }
        return nil
    }

    /// v1.1 answers in plain text.
    private static func limit(of text: String) -> Limit? {
        if text.contains("exceeded connection limit") { return .connections }
        if text.contains("too many requests") { return .requests }
        return nil
    }

    static func printable(_ words: [String]) -> String? {
        let text = words.joined(separator: ": ").unicodeScalars.prefix(summaryMax).map { scalar in
            isPrintable(scalar) ? scalar : " "
        }
        return text.isEmpty ? nil : String(String.UnicodeScalarView(text))
    }

    /// Neither control characters, which drive terminals, nor invisible ones, which reorder text.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        default:
            true
        }
    }

    private struct Document: Decodable {
        var type: String?
        var connectionIssue: String?
        var codes: [Int]
        /// Title and detail, or the first error's message.
        var words: [String]

        enum CodingKeys: String, CodingKey {
            case type
            case title
            case detail
            case connectionIssue = "connection_issue"
            case errors
        }

        /// A field of an unexpected type counts as missing: whatever can be read is used.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try? container.decode(String.self, forKey: .type)
            connectionIssue = try? container.decode(String.self, forKey: .connectionIssue)
            let title = try? container.decode(String.self, forKey: .title)
            let detail = try? container.decode(String.self, forKey: .detail)
            let errors = (try? container.decode([Failure].self, forKey: .errors)) ?? []
            codes = errors.compactMap(\.code)
            let said = [title, detail].compactMap { $0 }
            words = said.isEmpty ? Array(errors.compactMap(\.message).prefix(1)) : said
        }
    }

    private struct Failure: Decodable {
        var code: Int?
        var message: String?
    }
}
