/// Makes text fit for one line of a log or a table: what a server or a file name brings along may
/// neither drive a terminal nor begin a line of its own.
package enum LogEscape {
    /// Control characters and invisible ones become `\u{…}`.
    package static func text(_ text: String) -> String {
        escape(text) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
    }

    /// The inside of a JSON string (RFC 8259).
    static func json(_ text: String) -> String {
        escape(text, also: ["\"", "\\"]) { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            default: String(scalar).utf16.map { "\\u" + hex($0) }.joined()
            }
        }
    }

    private static func escape(
        _ text: String, also: Set<Unicode.Scalar> = [], _ replacement: (Unicode.Scalar) -> String
    ) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if isPrintable(scalar), !also.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += replacement(scalar)
            }
        }
        return result
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        default:
            true
        }
    }

    private static func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
