import TestSupport

/// Makes lines like those of a stream, and lines that are nearly so.
struct LineMaker {
    var generator: SplitMix64

    private static let ids = [
        "5", "\"5\"", "5", "\"5\"", "1541815603606036480", "\"1541815603606036480\"",
        "9223372036854775807", "9223372036854775808", "\"9223372036854775807\"",
        "12345678901234567890", "0", "-5", "5.0", "5e0", "\"05\"", "\"\"", "\"\\u0035\"", "null",
        "[5]", "{}", "true",
    ]
    private static let keys = [
        "id", "id_str", "data", "delete", "status", "scrub_geo", "up_to_status_id", "limit",
        "status_withheld", "user_withheld", "disconnect", "warning", "friends", "event", "errors",
        "text", "includes", "i\\u0064", "\\u0069d", "d\\u0061ta", "id\\u0000", "\\n", "",
        "up_to_status_id_str", "d\\u0065lete", "é", "id",
    ]
    private static let scalars = [
        "1", "-1.5e+3", "0", "true", "false", "null", "\"\"", "\"text\"", "\"\\ud83d\"",
        "\"a\\\\\\\"b\\/\"", "\"\u{2028}é\"", "\"longer than eight bytes\"", "[]", "{}",
    ]
    /// Bytes that mean something to a parser.
    private static let marks = Array("\"\\{}[]:,0-+.eEtfnu \t\r\u{1}\u{7F}".utf8) + [0, 0x80, 0xFF]

    mutating func line() -> [UInt8] {
        var line = Array(text().utf8)
        if generator.once(in: 3) {
            for _ in 0...generator.below(2) { mutate(&line) }
        }
        return line.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }

    private mutating func text() -> String {
        switch generator.below(20) {
        case 0: generator.pick(Self.scalars)
        case 1: value(levels: 3)
        case 2...6: notice()
        case 7...10:
            object([("id", id()), ("id_str", generator.once(in: 2) ? id() : "\"5\"")])
        case 11...14: object([("data", object([("id", id())]))])
        case 15: object([("data", object([("id", id())])), ("id", id())])
        case 16: object([("data", id())])
        default: object([])
        }
    }

    private mutating func notice() -> String {
        switch generator.below(5) {
        case 0: object([("delete", object([("status", object([("id", id())]))]))])
        case 1: object([("delete", object([("status", object([("id_str", id())]))]))])
        case 2: object([("scrub_geo", object([("up_to_status_id", id())]))])
        case 3: object([("status_withheld", object([("id", id())]))])
        default: object([(generator.pick(Self.keys), value(levels: 2))])
        }
    }

    private mutating func id() -> String { generator.pick(Self.ids) }

    /// An object with these members and some others, in any order, with any white space.
    private mutating func object(_ members: [(String, String)]) -> String {
        var members = members
        for _ in 0..<generator.below(3) {
            let member = (generator.pick(Self.keys), value(levels: 2))
            members.insert(member, at: generator.below(members.count + 1))
        }
        let texts = members.map { "\(space())\"\($0)\"\(space()):\(space())\($1)\(space())" }
        return "\(space()){" + texts.joined(separator: ",") + "}\(space())"
    }

    private mutating func value(levels: Int) -> String {
        switch generator.below(levels > 0 ? 6 : 4) {
        case 0: id()
        case 4: object([])
        case 5:
            "["
                + (0..<generator.below(3)).map { _ in value(levels: levels - 1) }
                .joined(separator: ",") + "]"
        default: generator.pick(Self.scalars)
        }
    }

    private mutating func space() -> String {
        generator.once(in: 8) ? generator.pick([" ", "\t", "\r", "  "]) : ""
    }

    private mutating func mutate(_ line: inout [UInt8]) {
        guard !line.isEmpty else { return }
        let place = generator.below(line.count)
        switch generator.below(6) {
        case 0: line.remove(at: place)
        case 1: line[place] = generator.pick(Self.marks)
        case 2: line.insert(generator.pick(Self.marks), at: place)
        case 3: line.removeLast(line.count - place)
        case 4: line[place] = UInt8(generator.below(256))
        default: line.insert(contentsOf: line[place...].prefix(generator.below(20)), at: place)
        }
    }
}
