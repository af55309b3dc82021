import Shared
import Testing

@Suite struct ObjectKeyTests {
    @Test(arguments: [
        "a", "a/b/c", "_tributary.json", "zone=a/date=2026-11-22/x.json", "...", "a/..b", "é/ü",
        String(repeating: "k", count: 1024),
    ])
    func `a path of plain parts is a key`(path: String) throws {
        let key = try #require(ObjectKey(path))
        #expect(key.path == path)
        #expect(key.description == path)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/..", "a/../b", "a/./b", "a\n",
        "a\u{0}b", "a\u{1B}[0m", "a\u{7F}", "a\u{85}b", String(repeating: "k", count: 1025),
        String(repeating: "é", count: 513),
    ])
    func `a path that is empty, too long, climbs, or holds a control character is refused`(
        path: String
    ) {
        #expect(ObjectKey(path) == nil)
    }

    /// A combining accent makes one Swift character with the slash before it; a file system sees a
    /// slash.
    @Test(arguments: [
        "../\u{301}b", "a/../\u{301}b", "a/\u{301}/../../b", "/\u{301}a", "a/.\u{2F}\u{200D}",
    ])
    func `a slash with an accent on it still ends a part`(path: String) {
        #expect(ObjectKey(path) == nil)
    }

    @Test func `keys are equal only if their bytes are`() throws {
        let composed = try #require(ObjectKey("\u{E9}"))
        let decomposed = try #require(ObjectKey("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
    }

    @Test func `keys order by bytes, so a dash comes before a slash`() throws {
        let keys = try ["a/b", "a-b", "a", "b", "a.b", "aa", "\u{FFFF}", "\u{10000}"]
            .map { try #require(ObjectKey($0)) }.sorted()
        #expect(
            keys.map(\.path) == ["a", "a-b", "a.b", "a/b", "aa", "b", "\u{FFFF}", "\u{10000}"])
    }

    @Test func `the name is what stands behind the last slash`() throws {
        #expect(try #require(ObjectKey("a/b/c.json")).name == "c.json")
        #expect(try #require(ObjectKey("c.json")).name == "c.json")
    }
}
