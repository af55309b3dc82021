import Shared
import TestSupport
import Testing

/// What is special to directories; what all stores have in common is in the contract suite.
@Suite struct DirectoryObjectStoreTests {
    private static func key(_ path: String) throws -> ObjectKey { try #require(ObjectKey(path)) }

    private static func withStore(
        _ body: (DirectoryObjectStore, TemporaryDirectory) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let root = try directory.folder("root")
            try await body(DirectoryObjectStore(root: root.path), root)
        }
    }

    @Test func `an object is a file with its bytes at its path`() async throws {
        try await Self.withStore { store, root in
            let stored = try await store.put(.bytes([1, 2, 3]), at: Self.key("a/b/c"), if: .absent)
            #expect(try root.read("a/b/c") == [1, 2, 3])
            #expect(stored.digest == ContentDigest(of: [1, 2, 3]) && stored.bytes == 3)
            #expect(try root.folder("a/b").names() == ["c"])
        }
    }

    @Test func `a root is found with and without a slash at its end and made when needed`()
        async throws
    {
        try await Self.withStore { store, root in
            let slashed = DirectoryObjectStore(root: root.path + "/new/")
            #expect(slashed.name == "file://\(root.path)/new")
            #expect(try await slashed.listAll("").isEmpty)
            #expect(try await slashed.head(Self.key("a")) == nil)
            _ = try await slashed.put(.bytes([1]), at: Self.key("a"), if: .always)
            #expect(try root.read("new/a") == [1])
            #expect(store.name == "file://\(root.path)")
        }
    }

    @Test func `what a crash left half written is invisible`() async throws {
        try await Self.withStore { store, root in
            _ = try await store.put(.bytes([1]), at: Self.key("a/b"), if: .always)
            try root.write([9], to: "a/.tributary-0123456789abcdef")
            try root.write([], to: ".tributary-lock")
            #expect(try await store.listAll("").map(\.key.path) == ["a/b"])
            #expect(try await store.listAll("a/.").isEmpty)
        }
    }

    @Test func `what a crash left half written is removed a day later by who writes beside it`()
        async throws
    {
        try await Self.withStore { store, root in
            let folder = try root.folder("a")
            let names = [
                ".tributary-0123456789abcdef", ".tributary-lock", ".tributary-other", "b",
            ]
            for name in names + [".tributary-fedcba9876543210"] {
                try folder.write([9], to: name)
            }
            let old = names.map(folder.file)
            _ = try Shell.run(["touch", "-d", "25 hours ago"] + old)
            _ = try await store.put(.bytes([1]), at: Self.key("c"), if: .absent)
            #expect(try folder.names().count == 5)
            _ = try await store.put(.bytes([1]), at: Self.key("a/c"), if: .absent)
            let left = names.dropFirst() + [".tributary-fedcba9876543210", "c"]
            #expect(try folder.names() == left.sorted())
            // Each directory is looked into once.
            try folder.write([9], to: names[0])
            _ = try Shell.run(["touch", "-d", "25 hours ago", folder.file(names[0])])
            _ = try await store.put(.bytes([1]), at: Self.key("a/d"), if: .absent)
            #expect(folder.has(names[0]))
        }
    }

    @Test func `nothing half written stays behind, whether a put succeeds or not`() async throws {
        try await Self.withStore { store, root in
            let key = try Self.key("a/b")
            _ = try await store.put(.bytes([1]), at: key, if: .absent)
            _ = try await store.put(.bytes([2]), at: key, if: .always)
            await #expect(throws: ObjectStoreError.self) {
                try await store.put(.bytes([3]), at: key, if: .absent)
            }
            await #expect(throws: ObjectStoreError.self) {
                try await store.put(.bytes([3]), at: key, if: .matches(ETag("other")))
            }
            let wrong = ObjectBody.file(
                path: root.file("a/b"), bytes: 1, digest: ContentDigest(of: [7]))
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put(wrong, at: key, if: .always)
            }
            #expect(error?.code == .checksumMismatch)
            #expect(try root.folder("a").snapshot() == ["b": [2]])
        }
    }

    @Test func `keys are listed by their bytes, a dash before a slash, however they nest`()
        async throws
    {
        try await Self.withStore { store, root in
            let paths = [
                "a-b", "a-b/c", "a.b", "a/b", "a/b-c", "a/b.d/e", "a0", "a/zz", "B/x", "é/ü", "_t",
                "a/b0/c", "a/b/../x",
            ].filter { ObjectKey($0) != nil && $0 != "a-b" && $0 != "a/b" }
            for path in paths.shuffled() {
                _ = try await store.put(.bytes([1]), at: Self.key(path), if: .always)
            }
            let script = "import sys; print(sorted(\(paths), key=str.encode) == sys.argv[1:])"
            let listed = try await store.listAll("").map(\.key.path)
            #expect(try Shell.text(["python3", "-c", script] + listed) == "True", "\(listed)")
            for prefix in ["a", "a/", "a/b", "a/b.", "a-", "x", "a/b.d/e", "a/b.d/e/f", "é"] {
                let expected = listed.filter { $0.utf8.starts(with: prefix.utf8) }
                #expect(try await store.listAll(prefix).map(\.key.path) == expected, "\(prefix)")
            }
            for after in listed + ["a", "a/", "a/b.d", "a/b.d/f", "zz"] {
                guard let key = ObjectKey(after) else { continue }
                let page = try await store.list("", after: key)
                let expected = listed.filter { after.utf8.lexicographicallyPrecedes($0.utf8) }
                #expect(page.objects.map(\.key.path) == expected, "after \(after)")
                #expect(!page.hasMore)
            }
            #expect(root.has("a0"))
        }
    }

    @Test func `a listing longer than a page goes on where it ended`() async throws {
        try await Self.withStore { store, root in
            let folder = try root.folder("p/q")
            let count = ObjectPage.entriesMax + 3
            for number in 0..<count { try folder.write([], to: "\(10_000 + number)") }
            let page = try await store.list("p/", after: nil)
            #expect(page.objects.count == ObjectPage.entriesMax && page.hasMore)
            let all = try await store.listAll("p/").map(\.key.path)
            #expect(all == (0..<count).map { "p/q/\(10_000 + $0)" })
        }
    }

    @Test func `a directory is not an object`() async throws {
        try await Self.withStore { store, root in
            _ = try await store.put(.bytes([1]), at: Self.key("a/b"), if: .always)
            let key = try Self.key("a")
            #expect(try await store.head(key) == nil)
            let read = await #expect(throws: ObjectStoreError.self) { try await store.get(key) }
            #expect(read?.code == .notFound)
            let fetched = await #expect(throws: ObjectStoreError.self) {
                try await store.fetch(key, to: root.file("x"))
            }
            #expect(fetched?.code == .notFound)
            let written = await #expect(throws: ObjectStoreError.self) {
                try await store.put(.bytes([1]), at: key, if: .always)
            }
            #expect(written?.code == .localFile)
        }
    }

    @Test func `a local file that is missing is not taken for a missing object`() async throws {
        try await Self.withStore { store, root in
            let key = try Self.key("a")
            _ = try await store.put(.bytes([1]), at: key, if: .always)
            let fetched = await #expect(throws: ObjectStoreError.self) {
                try await store.fetch(key, to: root.file("none/x"))
            }
            #expect(fetched?.code == .localFile)
            let body = ObjectBody.file(
                path: root.file("none"), bytes: 1, digest: ContentDigest(of: [1]))
            let put = await #expect(throws: ObjectStoreError.self) {
                try await store.put(body, at: Self.key("b"), if: .always)
            }
            #expect(put?.code == .localFile)
        }
    }

    @Test func `calls that hang in the kernel hold up neither other calls nor other tasks`()
        async throws
    {
        try await Self.withStore { store, root in
            // To open it waits for a writer, as everything on a mount whose server is gone does.
            _ = try Shell.run(["mkfifo", root.file("hangs")])
            let hanging = try Self.key("hangs")
            // More than there are processors.
            let calls = (0..<256).map { _ in Task { try await store.get(hanging) } }
            _ = try await store.put(.bytes([1]), at: Self.key("a"), if: .always)
            #expect(try await store.get(Self.key("a")).bytes == [1])
            let other = Task { 7 }
            #expect(await other.value == 7)
            let writer = try LocalFile.append(root.file("hangs"))
            for call in calls { #expect(try await call.value.bytes == []) }
            withExtendedLifetime(writer) {}
        }
    }

    @Test func `another version has another etag even with equal bytes`() async throws {
        try await Self.withStore { store, _ in
            let key = try Self.key("a")
            var etags: Set<ETag> = []
            for _ in 0..<20 {
                let stored = try await store.put(.bytes([1]), at: key, if: .always)
                #expect(try await store.head(key)?.etag == stored.etag)
                etags.insert(stored.etag)
            }
            #expect(etags.count == 20)
        }
    }

    @Test func `of many conditional writers exactly one wins each version`() async throws {
        try await Self.withStore { store, _ in
            let key = try Self.key("a/b")
            var condition = WriteCondition.absent
            for round in 0..<10 {
                let held = condition
                let wins = try await withThrowingTaskGroup(of: StoredObject?.self) { group in
                    for writer in 0..<6 {
                        group.addTask {
                            do throws(ObjectStoreError) {
                                let body = ObjectBody.bytes([UInt8(round), UInt8(writer)])
                                return try await store.put(body, at: key, if: held)
                            } catch {
                                guard error.code == .preconditionFailed else { throw error }
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
                }
                #expect(wins.count == 1)
                let content = try await store.get(key)
                #expect(ContentDigest(of: content.bytes) == wins.first?.digest)
                condition = .matches(content.etag)
            }
        }
    }
}
