/// Why the server did not take a rule. A field of an unexpected type counts as missing.
struct RuleIssue: Decodable, Equatable, Sendable {
    var title: String?
    var value: String?
    var details: [String]
    var type: String?

    /// Long enough for any reason; a rule itself may be thousands of characters.
    private static let shownMax = 200

    enum CodingKeys: String, CodingKey {
        case title
        case value
        case details
        case type
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title = try? container.decode(String.self, forKey: .title)
        value = try? container.decode(String.self, forKey: .value)
        details = (try? container.decode([String].self, forKey: .details)) ?? []
        type = try? container.decode(String.self, forKey: .type)
    }

    /// A rule with this value is in force. The host of `type` varies, so only its end counts.
    var isDuplicate: Bool {
        title == "DuplicateRule" || type?.hasSuffix("/duplicate-rules") == true
    }
}

extension RuleIssue: CustomStringConvertible {
    var description: String {
        let words = [value.map { "\"\($0.prefix(Self.shownMax))\"" }, title, details.first]
        return words.compactMap { $0?.prefix(Self.shownMax) }.joined(separator: ": ")
    }
}
