import Shared

extension StreamCredential {
    /// What `ndjson` proves itself with: a token, a header field of its own, or nothing.
    init(ndjson settings: Settings) throws(ConfigurationError) {
        let token = settings.text("LISTENER_BEARER_TOKEN").map { Secret($0) }
        guard let header = settings.text("LISTENER_STREAM_HEADER") else {
            self = token.map { .bearer($0) } ?? .anonymous
            return
        }
        guard token == nil else {
            throw ConfigurationError(
                "LISTENER_STREAM_HEADER: LISTENER_BEARER_TOKEN is set too: unset one of them")
        }
        self = try Self.header(header)
    }

    /// - Parameter text: never shown, since it is a secret.
    private static func header(_ text: String) throws(ConfigurationError) -> StreamCredential {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw malformed
        }
        let name = text[..<colon]
        let value = text[text.utf8.index(after: colon)...].drop { isBlank($0) }
        guard let last = value.lastIndex(where: { !isBlank($0) }), !name.isEmpty,
            name.utf8.allSatisfy(isTokenByte), value.utf8.allSatisfy(isValueByte)
        else { throw malformed }
        return .header(name: String(name), value: Secret(String(value[...last])))
    }

    private static let malformed = ConfigurationError(
        "LISTENER_STREAM_HEADER: expected one header field, as in X-API-Key: abc")

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }

    /// `tchar` of RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Visible ASCII and blanks: neither a line's end nor any other control character.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || byte == UInt8(ascii: "\t")
    }
}
