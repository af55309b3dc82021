/// A place in a JSON text, as RFC 6901 writes it: `/post/id`.
///
/// Keys are those that ``JSONKey`` compares by their meaning: printable ASCII, and not too long.
package struct JSONPointer: Hashable, Sendable {
    /// What a setting is expected to be, for messages.
    package static let expected =
        "a JSON pointer such as /post/id, of at most \(tokensMax) keys, each at most "
        + "\(JSONKey.nameBytesMax) printable ASCII characters"

    /// Deeper places are no id's, and each costs a step of recursion.
    package static let tokensMax = 32

    package let text: String
    /// Keys and indexes from the top, with `~0` and `~1` decoded.
    let tokens: [[UInt8]]

    /// Nil for what is no pointer, and for the whole text, which is no id.
    package init?(_ text: String) {
        guard text.hasPrefix("/") else { return nil }
        let parts = text.utf8.dropFirst()
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let tokens = parts.compactMap { Self.decode($0) }
        guard tokens.count == parts.count, tokens.count <= Self.tokensMax else { return nil }
        self.text = text
        self.tokens = tokens
    }

    private static func decode(_ part: Substring.UTF8View) -> [UInt8]? {
        var token: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                token.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        let isComparable =
            token.count <= JSONKey.nameBytesMax
            && token.allSatisfy { (0x20...0x7E).contains($0) }
        return isComparable ? token : nil
    }
}

extension JSONPointer: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let pointer = JSONPointer(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \(Self.expected)")
        }
        self = pointer
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension JSONPointer: CustomStringConvertible {
    package var description: String { text }
}
