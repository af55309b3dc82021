/// The inside of a JSON string.
enum JSONText {
    enum Escaping {
        /// UTF-8 as it is, as most of the v2 stream has it.
        case minimal
        /// Everything beyond ASCII, and every slash, escaped, as the v1.1 stream has it.
        case ascii
    }

    static func escaped(_ text: String, _ escaping: Escaping) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch (scalar, escaping) {
            case ("\"", _): bytes += Array(#"\""#.utf8)
            case ("\\", _): bytes += Array(#"\\"#.utf8)
            case ("\n", _): bytes += Array(#"\n"#.utf8)
            case ("\r", _): bytes += Array(#"\r"#.utf8)
            case ("\t", _): bytes += Array(#"\t"#.utf8)
            case ("/", .ascii): bytes += Array(#"\/"#.utf8)
            case (_, _) where scalar.value < 0x20: bytes += unit(UInt16(scalar.value))
            case (_, .ascii) where scalar.value > 0x7E:
                for value in String(scalar).utf16 { bytes += unit(value) }
            case (_, _): bytes += Array(String(scalar).utf8)
            }
        }
        return bytes
    }

    private static func unit(_ value: UInt16) -> [UInt8] {
        let digits = String(value, radix: 16)
        return Array("\\u".utf8) + Array(repeating: 48, count: 4 - digits.utf8.count)
            + Array(digits.utf8)
    }
}
