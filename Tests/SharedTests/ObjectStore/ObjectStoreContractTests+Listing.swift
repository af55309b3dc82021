import Testing

@testable import Shared

extension ObjectStoreContractTests {
    @Test(arguments: TestStore.all)
    func `a listing of 1050 keys comes in pages, ascending, and can begin anywhere`(
        _ test: TestStore
    ) async throws {
        let store = try test.open(nil)
        let keys = (0..<1050).map { ObjectKey.named("page/\(pad(Int64($0), 4))") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys {
                group.addTask {
                    _ = try await store.put(.text(key.path), at: key, if: .always)
                }
            }
            try await group.waitForAll()
        }
        let first = try await store.list("page/", after: nil)
        #expect(first.objects.count <= ObjectPage.entriesMax)
        #expect(first.hasMore)
        let all = try await store.listAll("page/")
        #expect(all.map(\.key) == keys)
        #expect(all.allSatisfy { $0.bytes == 9 })

        let rest = try await store.list("page/", after: keys[1044])
        #expect(rest.objects.map(\.key) == Array(keys[1045...]))
        #expect(!rest.hasMore)
        let nothing = try await store.list("page/", after: keys[1049])
        #expect(nothing.objects.isEmpty && !nothing.hasMore)
    }

    @Test(arguments: TestStore.all)
    func `a listing has the keys that begin with the prefix and no others`(
        _ test: TestStore
    ) async throws {
        let store = try test.open(nil)
        let names = ["a/b/1", "a/b/2", "a/bc", "a0", "ab/1", "b"]
        for name in names { _ = try await store.put(.text(name), at: .named(name), if: .always) }
        func list(_ prefix: String, after: String? = nil) async throws -> [String] {
            try await store.list(prefix, after: after.map { .named($0) }).objects.map(\.key.path)
        }
        #expect(try await list("") == names)
        #expect(try await list("a/") == ["a/b/1", "a/b/2", "a/bc"])
        #expect(try await list("a/b") == ["a/b/1", "a/b/2", "a/bc"])
        #expect(try await list("a/b/") == ["a/b/1", "a/b/2"])
        #expect(try await list("a") == ["a/b/1", "a/b/2", "a/bc", "a0", "ab/1"])
        #expect(try await list("zzz") == [])
        #expect(try await list("a/", after: "a/b/1") == ["a/b/2", "a/bc"])
        #expect(try await list("a/", after: "a/b/15") == ["a/b/2", "a/bc"])
        #expect(try await list("a/", after: "a") == ["a/b/1", "a/b/2", "a/bc"])
        #expect(try await list("a/", after: "b") == [])
    }

    @Test(arguments: TestStore.all)
    func `a listing tells size and version`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let stored = try await store.put(.text("twelve bytes"), at: .sample, if: .always)
        let listed = try #require(try await store.listAll("").first)
        #expect(listed.key == .sample)
        #expect(listed.bytes == 12)
        #expect(listed.etag == stored.etag)
    }

    @Test(arguments: TestStore.all.filter { $0.can(.listsAfterEscapedKeys) })
    func `a listing goes on after a key of the layout`(_ test: TestStore) async throws {
        let store = try test.open(nil)
        let names = ["zone=a/1.json", "zone=a/2 3.json", "zone=a/2+3.json", "zone=b/1.json"]
        for name in names { _ = try await store.put(.text(name), at: .named(name), if: .always) }
        for (index, name) in names.enumerated() {
            let page = try await store.list("", after: .named(name))
            #expect(page.objects.map(\.key.path) == Array(names[(index + 1)...]))
        }
    }
}
