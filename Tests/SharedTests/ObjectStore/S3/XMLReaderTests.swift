import Testing

@testable import Shared

struct XMLReaderTests {
    @Test func `elements, text, entities and CDATA are read`() throws {
        let root = try read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- made by hand -->
            <s3:Root xmlns:s3="http://x/?a=1>" empty=''>
              <Key>a&amp;b &lt;c&gt; &quot;d&quot; &apos;e&apos; &#233; &#x1F422;</Key>
              <Raw><![CDATA[<not> & parsed]]></Raw><Empty/><Also></Also ><Attr a="/>"/>
              <Item>1</Item><Item>2</Item>
            </s3:Root>
            <!-- the end -->
            """)
        #expect(root.name == "Root")
        #expect(root.value("Key") == "a&b <c> \"d\" 'e' é 🐢")
        #expect(root.value("Raw") == "<not> & parsed")
        #expect(root["Empty"] != nil)
        #expect(root.value("Empty") == nil)
        #expect(root.value("Also") == nil)
        #expect(root["Attr"]?.children.isEmpty == true)
        #expect(root.all("Item").map(\.text) == ["1", "2"])
        #expect(root["Absent"] == nil)
    }

    @Test(arguments: [
        "", "   ", "text", "<a>", "<a></b>", "<a></a><b/>", "<a></a>text", "<a", "<a b=\"", "</a>",
        "<a>&unknown;</a>", "<a>&amp</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&;</a>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><!DOCTYPE b></a>", "<a><![CDATA[x</a>",
        "<a><!-- x</a>", "<>x</>", "{\"json\": true}",
    ])
    func `what is not XML is refused`(_ text: String) {
        #expect(throws: XMLReader.Malformed.self) { try read(text) }
    }

    @Test func `nesting beyond the bound is refused, not followed`() throws {
        func nested(_ depth: Int) -> String {
            "<a>".repeated(depth) + "</a>".repeated(depth)
        }
        _ = try read(nested(XMLReader.depthMax))
        #expect(throws: XMLReader.Malformed.self) {
            try read(nested(XMLReader.depthMax + 1))
        }
        #expect(throws: XMLReader.Malformed.self) { try read("<a>".repeated(1_000_000)) }
    }

    @Test func `more elements than the bound are refused`() {
        let text = "<a>" + "<b/>".repeated(XMLReader.elementsMax) + "</a>"
        #expect(throws: XMLReader.Malformed.self) { try read(text) }
    }

    @Test func `every beginning of a document is refused or read, never a trap`() {
        let whole = Array("<a b='c'><d>&amp;<![CDATA[e]]><!--f--></d><g/></a>".utf8)
        for count in 0..<whole.count {
            #expect(throws: XMLReader.Malformed.self) { try XMLReader.read(Array(whole[..<count])) }
        }
    }

    @Test func `random bytes are refused or read, never a trap`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("<>/&;!-[]?\"' aCDT#x1\u{0}".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = try? XMLReader.read(bytes)
        }
    }

    private func read(_ text: String) throws -> XMLElement {
        try XMLReader.read(Array(text.utf8))
    }
}
