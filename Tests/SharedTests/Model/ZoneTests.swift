import Shared
import Testing

@Suite struct ZoneTests {
    @Test(arguments: ["a", "9", "use1-az4", "Home_2.attic", String(repeating: "z", count: 64)])
    func `a name of letters, digits, dash, underscore and point is a zone`(name: String) throws {
        #expect(try #require(Zone(name)).description == name)
    }

    @Test(arguments: [
        "", "-a", ".", "..", "_a", "a b", "a/b", "a=b", "a\n", "\u{0}", "é", "a\u{301}",
        "\u{212A}", String(repeating: "z", count: 65),
    ])
    func `any other name is refused`(name: String) {
        #expect(Zone(name) == nil)
    }

    @Test func `zones order by the bytes of their names`() throws {
        let names = ["a", "Z", "a-b", "a.b", "a_b", "aB", "0"]
        let zones = try names.map { try #require(Zone($0)) }.sorted()
        #expect(zones.map(\.name) == ["0", "Z", "a", "a-b", "a.b", "aB", "a_b"])
    }

    @Test func `in JSON a zone is its name, and other text is refused`() throws {
        let zone = try #require(Zone("use1-az4"))
        let bytes = JSONDocument.encode([zone])
        #expect(String(decoding: bytes, as: UTF8.self) == #"["use1-az4"]"#)
        #expect(try JSONDocument.decode([Zone].self, from: bytes) == [zone])
        #expect(throws: DecodingError.self) {
            try JSONDocument.decode([Zone].self, from: Array(#"["../x"]"#.utf8))
        }
    }
}
