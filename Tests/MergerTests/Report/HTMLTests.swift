import Testing

@testable import merger

struct HTMLTests {
    private func markup(_ piece: HTML) -> String {
        var markup = ""
        piece.write(to: &markup)
        return markup
    }

    @Test func `text and values of attributes cannot become markup`() {
        let hostile = "</b><script>alert('x')</script>&\"'"
        let escaped =
            "&lt;/b&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;&#39;"
        #expect(
            markup(HTML("b", ["lang": hostile]) { hostile })
                == "<b lang=\"\(escaped)\">\(escaped)</b>")
    }

    @Test(arguments: ["\0", "\u{1B}", "\u{85}", "\u{7F}", "\u{202E}", "\u{2066}", "\u{FFFE}", "\r"])
    func `characters that are none of HTML or turn the text are replaced`(character: String) {
        #expect(markup(.text("a\(character)b")) == "a\u{FFFD}b")
    }

    @Test func `what people write stays as it is`() {
        let text = "naïve 日本語 שלום 👩‍👩‍👧 می‌خواهم\ttab"
        #expect(markup(.text(text)) == text)
    }

    @Test func `an attribute without a value is left out, an empty one is not`() {
        #expect(markup(HTML("b", ["id": nil, "class": ""])) == "<b class=\"\"></b>")
    }

    @Test func `void elements and shapes have no end tag, other empty elements have one`() {
        #expect(markup(HTML("meta", ["charset": "utf-8"])) == "<meta charset=\"utf-8\">\n")
        #expect(markup(HTML("rect", ["x": "1"])) == "<rect x=\"1\"/>\n")
        #expect(markup(HTML("td")) == "<td></td>")
    }

    @Test(arguments: [(0, "none"), (1, "one 0"), (3, "many 0 1 2")])
    func `a block is written in its order, with its conditions and loops`(
        count: Int, text: String
    ) {
        let piece = HTML("b") {
            if count == 0 {
                "none"
            } else if count == 1 {
                "one"
            } else {
                "many"
            }
            for number in 0..<count { " \(number)" }
        }
        #expect(markup(piece) == "<b>\(text)</b>")
    }
}
