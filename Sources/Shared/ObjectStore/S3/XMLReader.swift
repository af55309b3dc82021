/// Reads the XML that S3 and STS answer with: elements, text, entities, CDATA and comments.
///
/// Attributes are skipped, a document type is refused. The input is a bounded reply, and depth and
/// number of elements are bounded here, so that no answer can use up the stack or the memory.
struct XMLReader {
    struct Malformed: Error, CustomStringConvertible {
        var reason: String
        var offset: Int

        var description: String { "not XML at byte \(offset): \(reason)" }
    }

    static let depthMax = 16
    /// A page of a listing has about 8 elements for each of 1,000 keys.
    static let elementsMax = 100_000

    private let bytes: [UInt8]
    private var position = 0
    private var elementCount = 0

    /// The root element of a document.
    static func read(_ bytes: [UInt8]) throws(Malformed) -> XMLElement {
        var reader = XMLReader(bytes: bytes)
        return try reader.document()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func document() throws(Malformed) -> XMLElement {
        _ = skip([0xEF, 0xBB, 0xBF])
        try skipMisc()
        guard peek == UInt8(ascii: "<") else { throw malformed("no root element") }
        let root = try element(depth: 1)
        try skipMisc()
        guard position == bytes.count else { throw malformed("text after the root element") }
        return root
    }

    /// Blanks, declarations, processing instructions and comments.
    private mutating func skipMisc() throws(Malformed) {
        while true {
            skipBlanks()
            if skip("<?") {
                try skipPast("?>")
            } else if skip("<!--") {
                try skipPast("-->")
            } else {
                return
            }
        }
    }

    /// At `<`: an element with all that is inside it.
    private mutating func element(depth: Int) throws(Malformed) -> XMLElement {
        guard depth <= Self.depthMax else { throw malformed("elements nest too deep") }
        elementCount += 1
        guard elementCount <= Self.elementsMax else { throw malformed("too many elements") }
        position += 1
        var element = XMLElement(name: try name())
        if try skipAttributes() { return element }
        try readContent(of: &element, depth: depth)
        return element
    }

    /// Reads up to and including the closing tag.
    private mutating func readContent(
        of element: inout XMLElement, depth: Int
    ) throws(Malformed) {
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "<"):
                if skip("</") {
                    try skipClosingName(element.name)
                    element.text = String(decoding: text, as: UTF8.self)
                    return
                }
                try readMarkup(into: &element, text: &text, depth: depth)
            case UInt8(ascii: "&"):
                text += try entity()
            default:
                let end = bytes[position...].firstIndex {
                    $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&")
                }
                text += bytes[position..<(end ?? bytes.count)]
                position = end ?? bytes.count
            }
        }
        throw malformed("<\(element.name)> is not closed")
    }

    /// At a `<` that does not begin a closing tag.
    private mutating func readMarkup(
        into element: inout XMLElement, text: inout [UInt8], depth: Int
    ) throws(Malformed) {
        if skip("<!--") {
            try skipPast("-->")
        } else if skip("<![CDATA[") {
            let start = position
            try skipPast("]]>")
            text += bytes[start..<position - 3]
        } else if skip("<?") {
            try skipPast("?>")
        } else {
            element.children.append(try self.element(depth: depth + 1))
        }
    }

    private mutating func skipClosingName(_ expected: String) throws(Malformed) {
        guard try name() == expected else {
            throw malformed("<\(expected)> is closed by another name")
        }
        skipBlanks()
        guard skip(">") else { throw malformed("a closing tag without >") }
    }

    /// A name without its namespace.
    private mutating func name() throws(Malformed) -> String {
        let start = position
        while let byte = peek, !Self.endsName(byte) { position += 1 }
        guard position > start, bytes[start] != UInt8(ascii: "!") else {
            throw malformed("a tag without a name")
        }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        return name.split(separator: ":").last.map(String.init) ?? name
    }

    /// - Returns: whether the element ends with its opening tag.
    private mutating func skipAttributes() throws(Malformed) -> Bool {
        var quote: UInt8?
        while let byte = peek {
            position += 1
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return false
            } else if byte == UInt8(ascii: "/"), skip(">") {
                return true
            }
        }
        throw malformed("a tag without >")
    }

    /// At `&`: the UTF-8 of what the reference stands for.
    private mutating func entity() throws(Malformed) -> [UInt8] {
        let start = position
        position += 1
        while let byte = peek, byte != UInt8(ascii: ";"), position - start < Self.entityBytesMax {
            position += 1
        }
        let name = String(decoding: bytes[(start + 1)..<position], as: UTF8.self)
        guard skip(";"), let scalar = Self.scalar(entity: name) else {
            throw malformed("an unknown entity")
        }
        return Array(String(Character(scalar)).utf8)
    }

    private static let entityBytesMax = 12

    private static func scalar(entity name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = name.hasPrefix("#x")
            guard name.hasPrefix("#") else { return nil }
            return UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10)
                .flatMap(Unicode.Scalar.init)
        }
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "<")
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, byte <= 0x20 { position += 1 }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        skip(Array(text.description.utf8))
    }

    private mutating func skip(_ expected: [UInt8]) -> Bool {
        guard bytes[position...].starts(with: expected) else { return false }
        position += expected.count
        return true
    }

    private mutating func skipPast(_ text: StaticString) throws(Malformed) {
        while position < bytes.count {
            if skip(text) { return }
            position += 1
        }
        throw malformed("no \(text)")
    }

    private func malformed(_ reason: String) -> Malformed {
        Malformed(reason: reason, offset: position)
    }
}
