/// A piece of an HTML page, SVG included.
///
/// Names of elements and attributes are literals of this program, by their type; whatever else comes
/// in is text and is escaped, so nothing that a store says can become markup.
indirect enum HTML {
    /// Those whose value is nil are left out.
    typealias Attributes = KeyValuePairs<StaticString, String?>

    case text(String)
    /// As it stands: what a page holds that is not text, such as a style sheet.
    case literal(StaticString)
    case element(StaticString, Attributes, [HTML])

    init(
        _ name: StaticString, _ attributes: Attributes = [:],
        @HTMLBuilder _ content: () -> [HTML] = { [] }
    ) {
        self = .element(name, attributes, content())
    }

    /// Elements that have no content and no end tag.
    private static let void: Set<String> = ["meta", "br", "col"]
    /// Elements of SVG that are closed where they begin if they have no content.
    private static let shapes: Set<String> = ["rect", "circle", "line", "path"]
    /// Elements after which a line ends, so that two pages can be compared by lines.
    private static let lines: Set<String> = [
        "h1", "h2", "p", "tr", "li", "dt", "dd", "title", "meta", "style", "thead", "tbody", "svg",
        "g", "rect", "section", "figure", "table", "details", "dl", "ul", "ol", "nav", "header",
        "main", "footer", "head", "body",
    ]

    /// The page that this is the `html` element of.
    var page: [UInt8] {
        var markup = "<!DOCTYPE html>\n"
        write(to: &markup)
        return Array((markup + "\n").utf8)
    }

    func write(to markup: inout String) {
        switch self {
        case .text(let text): Self.escape(text, to: &markup)
        case .literal(let text): markup += text.description
        case .element(let name, let attributes, let content):
            Self.write(name.description, attributes, content, to: &markup)
        }
    }

    private static func write(
        _ name: String, _ attributes: Attributes, _ content: [HTML], to markup: inout String
    ) {
        markup += "<" + name
        for case (let name, let value?) in attributes {
            markup += " " + name.description + "=\""
            escape(value, to: &markup)
            markup += "\""
        }
        if content.isEmpty, shapes.contains(name) {
            markup += "/>"
        } else {
            markup += ">"
            for piece in content { piece.write(to: &markup) }
            if !void.contains(name) { markup += "</" + name + ">" }
        }
        if lines.contains(name) { markup += "\n" }
    }

    private static func escape(_ text: String, to markup: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": markup += "&amp;"
            case "<": markup += "&lt;"
            case ">": markup += "&gt;"
            case "\"": markup += "&quot;"
            case "'": markup += "&#39;"
            default: markup.unicodeScalars.append(isHarmful(scalar) ? "\u{FFFD}" : scalar)
            }
        }
    }

    /// Whether a character is none of HTML, or turns the direction of the text that follows it.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x202A...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF: true
        default: scalar.properties.generalCategory == .control
        }
    }
}

/// Collects pieces from a block; a string is text.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ text: String) -> [HTML] { [.text(text)] }
    static func buildExpression(_ piece: HTML) -> [HTML] { [piece] }
    static func buildExpression(_ pieces: [HTML]) -> [HTML] { pieces }
    static func buildBlock(_ parts: [HTML]...) -> [HTML] { parts.flatMap { $0 } }
    static func buildOptional(_ part: [HTML]?) -> [HTML] { part ?? [] }
    static func buildEither(first part: [HTML]) -> [HTML] { part }
    static func buildEither(second part: [HTML]) -> [HTML] { part }
    static func buildArray(_ parts: [[HTML]]) -> [HTML] { parts.flatMap { $0 } }
}
