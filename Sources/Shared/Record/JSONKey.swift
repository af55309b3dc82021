private import Glibc

/// Compares the key of an object with names, escapes included: `"\u0069d"` is `id`.
struct JSONKey {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let decoded: [UInt8]?

    /// What a key that is looked for may have.
    static let nameBytesMax = 32
    /// Longer keys are none of those that are looked for, even if every character is an escape.
    private static let escapedBytesMax = nameBytesMax * 6

    init(_ content: Range<Int>, isEscaped: Bool, in cursor: JSONCursor) {
        bytes = cursor.bytes(content)
        decoded =
            isEscaped && content.count <= Self.escapedBytesMax
            ? Self.decodeASCII(bytes) : nil
    }

    func isEqual(to name: StaticString) -> Bool {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        if let decoded { return decoded.elementsEqual(name) }
        guard bytes.count == name.count, let ours = bytes.baseAddress, let theirs = name.baseAddress
        else { return false }
        return memcmp(ours, theirs, name.count) == 0
    }

    func isEqual(to name: [UInt8]) -> Bool {
        if let decoded { return decoded == name }
        return bytes.count == name.count && bytes.elementsEqual(name)
    }

    /// Decodes escapes; those beyond ASCII become 0, which no name holds.
    private static func decodeASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "u"), index + 6 <= bytes.count {
                let value = bytes[index + 2..<index + 6].reduce(0) {
                    $0 << 4 | Int(JSONCursor.hexValue($1) ?? 0)
                }
                result.append(value < 0x80 ? UInt8(value) : 0)
                index += 6
            } else {
                // Of the short escapes only these can stand for a character of a name.
                let character = bytes[index + 1]
                result.append("\"\\/".utf8.contains(character) ? character : 0)
                index += 2
            }
        }
        return result
    }
}
