/// The name of the place where one listener runs; part of every key it writes.
///
/// 1 to 64 ASCII letters, digits, `-`, `_` or `.`, and the first is a letter or digit, so that a zone
/// can stand in a key, a file name and a terminal as it is.
package struct Zone: Hashable, Comparable, Sendable {
    package static let nameBytesMax = 64

    package let name: String

    package init?(_ name: some StringProtocol) {
        let bytes = name.utf8
        guard (1...Self.nameBytesMax).contains(bytes.count), let first = bytes.first,
            Self.isLetterOrDigit(first),
            bytes.allSatisfy({ Self.isLetterOrDigit($0) || "-_.".utf8.contains($0) })
        else { return nil }
        self.name = String(name)
    }

    /// By the bytes of the name.
    package static func < (left: Zone, right: Zone) -> Bool { left.name < right.name }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            false
        }
    }
}

extension Zone: CustomStringConvertible {
    package var description: String { name }
}

extension Zone: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let zone = Zone(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not a zone name")
        }
        self = zone
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
