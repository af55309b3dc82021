/// Walks over the bytes of one JSON text by the grammar of RFC 8259, decoding nothing.
///
/// Every step that can fail says so by its result; after a failure the cursor stays where it is.
/// UTF-8 is not checked: a string may hold any byte from 0x20 but a bare quote or backslash.
struct JSONCursor {
    /// Deeper nesting is refused, so that a hostile line costs no more than its length.
    static let depthMax = 512

    private let base: UnsafePointer<UInt8>
    private let end: Int
    private(set) var position = 0

    /// Whether a value was refused for its depth.
    private(set) var isTooDeep = false

    /// For each open container above the current value, whether it is an object: one bit a level, from
    /// 1 to ``depthMax``.
    private var isObject = InlineArray<9, UInt64>(repeating: 0)

    /// - Parameter base: must stay valid as long as the cursor is used.
    init(_ base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        end = count
    }

    var isAtEnd: Bool { position == end }

    /// The byte at the cursor; 0, which no JSON token begins with, at the end.
    var byte: UInt8 { position < end ? base[position] : 0 }

    /// - Precondition: `range` lies in the text.
    func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= end, "outside the text")
        return UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    mutating func skipWhitespace() {
        while position < end {
            switch base[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: character), position < end else { return false }
        position += 1
        return true
    }

    /// Moves over a string that begins here.
    ///
    /// - Returns: the offsets of what is between the quotes, and whether it holds escapes.
    mutating func string() -> (content: Range<Int>, isEscaped: Bool)? {
        guard skip("\"") else { return nil }
        let start = position
        var isEscaped = false
        while true {
            skipPlainCharacters()
            guard position < end else { return nil }
            switch base[position] {
            case UInt8(ascii: "\""):
                position += 1
                return (start..<position - 1, isEscaped)
            case UInt8(ascii: "\\"):
                guard escape() else { return nil }
                isEscaped = true
            case 0..<0x20:
                return nil
            default:
                position += 1
            }
        }
    }

    /// Moves to the next byte that may be a quote, a backslash or a control character, eight bytes
    /// at a time; may stop earlier near the end.
    private mutating func skipPlainCharacters() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= end {
            let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
                | ((word &- ones &* 0x20) & ~word)
            let hits = found & highs
            guard hits == 0 else {
                position += UInt64(littleEndian: hits).trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    private mutating func escape() -> Bool {
        guard position + 1 < end else { return false }
        switch base[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return true
        case UInt8(ascii: "u"):
            guard position + 6 <= end,
                (position + 2..<position + 6).allSatisfy({ Self.hexValue(base[$0]) != nil })
            else { return false }
            position += 6
            return true
        default:
            return false
        }
    }

    static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    mutating func number() -> Bool {
        var here = position
        if here < end, base[here] == UInt8(ascii: "-") { here += 1 }
        let isZero = here < end && base[here] == UInt8(ascii: "0")
        guard let afterInteger = digits(from: here), !isZero || afterInteger == here + 1 else {
            return false
        }
        here = afterInteger
        if here < end, base[here] == UInt8(ascii: ".") {
            guard let after = digits(from: here + 1) else { return false }
            here = after
        }
        if here < end, base[here] | 0x20 == UInt8(ascii: "e") {
            here += 1
            if here < end, base[here] == UInt8(ascii: "+") || base[here] == UInt8(ascii: "-") {
                here += 1
            }
            guard let after = digits(from: here) else { return false }
            here = after
        }
        position = here
        return true
    }

    /// The offset behind at least one digit.
    private func digits(from start: Int) -> Int? {
        var here = start
        while here < end, base[here] >= UInt8(ascii: "0"), base[here] <= UInt8(ascii: "9") {
            here += 1
        }
        return here > start ? here : nil
    }

    mutating func literal(_ text: StaticString) -> Bool {
        guard position + text.utf8CodeUnitCount <= end else { return false }
        for offset in 0..<text.utf8CodeUnitCount
        where base[position + offset] != text.utf8Start[offset] {
            return false
        }
        position += text.utf8CodeUnitCount
        return true
    }

    /// Moves over any value that begins here.
    ///
    /// - Parameter depth: how many containers are open around it.
    mutating func skipValue(depth: Int) -> Bool {
        var depth = depth
        let outerDepth = depth
        while true {
            // A value begins here.
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open(depth: &depth) else { return false }
                skipWhitespace()
                if !closeEmpty(depth: &depth) {
                    guard startMember(depth: depth) else { return false }
                    continue
                }
            default:
                guard skipScalar() else { return false }
            }
            // A value ended here: close what ends with it, or go on to the next one.
            while depth > outerDepth {
                skipWhitespace()
                if skip(",") {
                    skipWhitespace()
                    guard startMember(depth: depth) else { return false }
                    break
                }
                guard skip(inObject(depth) ? "}" : "]") else { return false }
                depth -= 1
            }
            if depth == outerDepth { return true }
        }
    }

    private mutating func skipScalar() -> Bool {
        switch byte {
        case UInt8(ascii: "\""): string() != nil
        case UInt8(ascii: "t"): literal("true")
        case UInt8(ascii: "f"): literal("false")
        case UInt8(ascii: "n"): literal("null")
        default: number()
        }
    }

    private mutating func open(depth: inout Int) -> Bool {
        guard depth < Self.depthMax else {
            isTooDeep = true
            return false
        }
        depth += 1
        let bit: UInt64 = 1 &<< UInt64(depth & 63)
        if byte == UInt8(ascii: "{") {
            isObject[depth >> 6] |= bit
        } else {
            isObject[depth >> 6] &= ~bit
        }
        position += 1
        return true
    }

    private func inObject(_ depth: Int) -> Bool {
        isObject[depth >> 6] & (1 &<< UInt64(depth & 63)) != 0
    }

    private mutating func closeEmpty(depth: inout Int) -> Bool {
        guard skip(inObject(depth) ? "}" : "]") else { return false }
        depth -= 1
        return true
    }

    /// Moves to where a value begins: in an object, over the key and the colon.
    private mutating func startMember(depth: Int) -> Bool {
        guard inObject(depth) else { return true }
        return string() != nil && colon()
    }

    /// Moves over a colon and the white space around it.
    mutating func colon() -> Bool {
        skipWhitespace()
        guard skip(":") else { return false }
        skipWhitespace()
        return true
    }
}
