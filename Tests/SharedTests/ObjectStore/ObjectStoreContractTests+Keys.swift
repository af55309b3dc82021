import Testing

@testable import Shared

extension ObjectStoreContractTests {
    @Test(
        arguments: TestStore.all,
        [
            "with space", "plus+plus", "and&and", "a=b", "what?", "hash#tag", "100%", "%41", "é",
            "日本",
            "(x)", "it's", "star*", "tilde~", "comma,semi;colon:", "at@dollar$", "\"quoted\"",
            "<x>",
            "back\\slash", "[b]{c}|^`", "zone=use1-az2/date=2024-06-01/20240601T.123Z-0", "!bang",
            "🐢",
            "...", "a..b/.hidden",
        ])
    func `a key comes back as it was given`(_ test: TestStore, name: String) async throws {
        let store = try test.open(nil)
        let key = ObjectKey.named("keys/\(name)")
        let stored = try await store.put(.text(name), at: key, if: .absent)
        #expect(try await store.get(key).bytes == Array(name.utf8))
        #expect(try await store.head(key)?.etag == stored.etag)
        #expect(try await store.listAll("").map(\.key) == [key])
        #expect(try await store.listAll(key.path).map(\.key) == [key])
        if test.can(.listsAfterEscapedKeys) {
            #expect(try await store.list("", after: key).objects.isEmpty)
        }
        try await store.delete(key)
        #expect(try await store.head(key) == nil)
    }
}
