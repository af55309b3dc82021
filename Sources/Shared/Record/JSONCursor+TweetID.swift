extension JSONCursor {
    /// Reads the decimal digits of `range`, which holds nothing else.
    ///
    /// - Returns: nil for a sign, a fraction, an exponent, an escape, a leading zero, 0, or a value
    ///   above 2^63 - 1.
    func tweetID(_ range: Range<Int>) -> TweetID? {
        let digits = bytes(range)
        guard (1...19).contains(digits.count), digits[0] != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value &* 10 &+ UInt64(digit &- UInt8(ascii: "0"))
        }
        // 19 digits stay below 10^19, which 64 bits hold.
        return Int64(exactly: value).flatMap { TweetID($0) }
    }

    /// Reads a number, or a string, that begins at the cursor as an id.
    ///
    /// - Returns: nil if no JSON value begins here; otherwise the id, or nil where it is not one.
    mutating func idValue(depth: Int) -> TweetID?? {
        let start = position
        let isString = byte == UInt8(ascii: "\"")
        guard skipValue(depth: depth) else { return nil }
        return .some(tweetID(isString ? start + 1..<position - 1 : start..<position))
    }

    /// Moves to the value under `path`, keys of nested objects from the top.
    mutating func descend(_ path: [StaticString]) -> Bool {
        skipWhitespace()
        for (depth, name) in path.enumerated() {
            guard enterMember(name, depth: depth) else { return false }
        }
        return true
    }

    private mutating func enterMember(_ name: StaticString, depth: Int) -> Bool {
        guard skip("{") else { return false }
        repeat {
            skipWhitespace()
            guard let (content, isEscaped) = string(), colon() else { return false }
            if JSONKey(content, isEscaped: isEscaped, in: self).isEqual(to: name) { return true }
            guard skipValue(depth: depth + 1) else { return false }
            skipWhitespace()
        } while skip(",")
        return false
    }
}
