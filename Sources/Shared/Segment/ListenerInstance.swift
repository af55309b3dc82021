/// One run of one listener, or the content of one adopted file: 16 hexadecimal digits.
package struct ListenerInstance: Hashable, Sendable {
    package static let digitCount = 16

    package let hex: String

    /// Nil unless `hex` is 16 lower-case hexadecimal digits.
    package init?(hex: some StringProtocol) {
        guard hex.utf8.count == Self.digitCount, [UInt8](hex: hex) != nil else { return nil }
        self.hex = String(hex)
    }

    package static func random() -> ListenerInstance {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<digitCount / 2).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return ListenerInstance(checked: bytes.hex)
    }

    /// Adopted files are named after their bytes, so that adopting one twice gives the same keys.
    package init(contentOf digest: ContentDigest) {
        hex = String(digest.hex.prefix(Self.digitCount))
    }

    private init(checked hex: String) {
        self.hex = hex
    }
}

extension ListenerInstance: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instance = ListenerInstance(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an instance")
        }
        self = instance
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
