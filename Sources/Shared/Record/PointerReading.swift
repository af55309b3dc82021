/// One reading of one line whose id stands at a ``JSONPointer``.
///
/// The whole line is read, since keys may stand twice: two different ids are found as such.
struct PointerReading {
    private var cursor: JSONCursor
    private let tokens: [[UInt8]]
    private var isObject = false
    private var id: TweetID?
    private var hasBadID = false
    private var hasDifferentIDs = false

    init(_ pointer: JSONPointer, cursor: JSONCursor) {
        tokens = pointer.tokens
        self.cursor = cursor
    }

    mutating func run(lineBytes: Int) -> ScannedLine {
        cursor.skipWhitespace()
        isObject = cursor.byte == UInt8(ascii: "{")
        let isRead = isObject ? readPlace(depth: 0) : cursor.skipValue(depth: 0)
        cursor.skipWhitespace()
        guard isRead, cursor.isAtEnd else {
            return .unreadable(cursor.isTooDeep ? .tooDeep : .notJSON)
        }
        guard isObject else { return .unreadable(.notAnObject) }
        if hasDifferentIDs { return .unreadable(.differentIDs) }
        if hasBadID { return .unreadable(.badID) }
        guard let id else { return .unreadable(.noID) }
        return .record(id: id, body: 0..<lineBytes)
    }

    /// Reads the value at the cursor, to which the first `depth` tokens lead.
    private mutating func readPlace(depth: Int) -> Bool {
        if depth == tokens.count { return readID(depth: depth) }
        switch cursor.byte {
        case UInt8(ascii: "{"): return readObject(depth: depth)
        case UInt8(ascii: "["): return readArray(depth: depth)
        default: return cursor.skipValue(depth: depth)
        }
    }

    private mutating func readObject(depth: Int) -> Bool {
        guard cursor.skip("{") else { return false }
        cursor.skipWhitespace()
        if cursor.skip("}") { return true }
        repeat {
            cursor.skipWhitespace()
            guard let (content, isEscaped) = cursor.string(), cursor.colon() else { return false }
            let key = JSONKey(content, isEscaped: isEscaped, in: cursor)
            guard readChild(isWanted: key.isEqual(to: tokens[depth]), depth: depth) else {
                return false
            }
            cursor.skipWhitespace()
        } while cursor.skip(",")
        return cursor.skip("}")
    }

    private mutating func readArray(depth: Int) -> Bool {
        guard cursor.skip("[") else { return false }
        cursor.skipWhitespace()
        if cursor.skip("]") { return true }
        let wanted = Self.index(tokens[depth])
        var index = 0
        repeat {
            cursor.skipWhitespace()
            guard readChild(isWanted: index == wanted, depth: depth) else { return false }
            cursor.skipWhitespace()
            index += 1
        } while cursor.skip(",")
        return cursor.skip("]")
    }

    private mutating func readChild(isWanted: Bool, depth: Int) -> Bool {
        isWanted ? readPlace(depth: depth + 1) : cursor.skipValue(depth: depth + 1)
    }

    private mutating func readID(depth: Int) -> Bool {
        // Only `null` begins with an n.
        if cursor.byte == UInt8(ascii: "n") { return cursor.skipValue(depth: depth) }
        guard let value = cursor.idValue(depth: depth) else { return false }
        guard let found = value else {
            hasBadID = true
            return true
        }
        if let id, id != found { hasDifferentIDs = true }
        id = found
        return true
    }

    /// Decimal digits without a leading zero; nil for a token that is no index.
    private static func index(_ token: [UInt8]) -> Int? {
        guard let first = token.first, (1...18).contains(token.count),
            first != UInt8(ascii: "0") || token.count == 1
        else { return nil }
        var value = 0
        for digit in token {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
