import Shared
import TestSupport
import Testing

@Suite struct LocalDirectoryTests {
    @Test func `a directory is made with those above it, and once more without error`() throws {
        try TemporaryDirectory.with { directory in
            let deep = directory.file("a/b/c")
            try LocalDirectory.ensure(deep)
            try LocalDirectory.ensure(deep)
            try LocalDirectory.ensure(deep + "/")
            #expect(LocalDirectory.isDirectory(deep))
        }
    }

    @Test func `a directory cannot be made where a file is`() throws {
        try TemporaryDirectory.with { directory in
            try directory.write([], to: "a")
            for name in ["a", "a/b"] {
                let error = #expect(throws: LocalFileError.self) {
                    try LocalDirectory.ensure(directory.file(name))
                }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.hasPrefix("\(directory.file("a")): cannot create directory: "))
            }
        }
    }

    @Test func `names are listed by their bytes, with what is a directory`() throws {
        try TemporaryDirectory.with { directory in
            for name in ["b", "a-b", "B", "\u{E9}", ".hidden", String(repeating: "n", count: 255)] {
                try directory.write([], to: name)
            }
            try LocalDirectory.ensure(directory.file("a"))
            let entries = try LocalDirectory.list(directory.path)
            let expected = [
                ".hidden", "B", "a", "a-b", "b", String(repeating: "n", count: 255), "\u{E9}",
            ]
            #expect(entries.map(\.name) == expected)
            #expect(entries.filter(\.isDirectory).map(\.name) == ["a"])
        }
    }

    @Test func `many names are all listed`() throws {
        try TemporaryDirectory.with { directory in
            let names = (0..<3000).map { "file-\($0)" }
            for name in names { try directory.write([], to: name) }
            #expect(try LocalDirectory.list(directory.path).map(\.name) == names.sorted())
        }
    }

    @Test func `listing what is not there says so`() throws {
        try TemporaryDirectory.with { directory in
            let error = #expect(throws: LocalFileError.self) {
                try LocalDirectory.list(directory.file("none"))
            }
            #expect(error?.code == .notFound)
            #expect(
                error?.message
                    == "\(directory.file("none")): cannot list: No such file or directory")
        }
    }

    @Test func `a link never replaces and a rename does`() throws {
        try TemporaryDirectory.with { directory in
            try directory.write([1], to: "a")
            try directory.write([2], to: "b")
            let error = #expect(throws: LocalFileError.self) {
                try LocalDirectory.link(directory.file("a"), to: directory.file("b"))
            }
            #expect(error?.code == .exists)
            #expect(try directory.read("b") == [2])
            try LocalDirectory.rename(directory.file("a"), to: directory.file("b"))
            #expect(try directory.snapshot() == ["b": [1]])
            try LocalDirectory.link(directory.file("b"), to: directory.file("c"))
            #expect(try directory.snapshot() == ["b": [1], "c": [1]])
        }
    }

    @Test func `removing is done or was done before`() throws {
        try TemporaryDirectory.with { directory in
            try directory.write([1], to: "a")
            try LocalDirectory.remove(directory.file("a"))
            #expect(!LocalDirectory.exists(directory.file("a")))
            try LocalDirectory.remove(directory.file("a"))
            try LocalDirectory.ensure(directory.file("full/of"))
            LocalDirectory.removeIfEmpty(directory.file("full"))
            #expect(LocalDirectory.isDirectory(directory.file("full")))
            LocalDirectory.removeIfEmpty(directory.file("full/of"))
            #expect(!LocalDirectory.exists(directory.file("full/of")))
        }
    }

    @Test(arguments: [
        ("/a/b/c", "/a/b"), ("/a/b/", "/a"), ("/a", "/"), ("/", nil), ("a/b", "a"), ("a", nil),
    ])
    func `the parent is what stands before the last part`(path: String, parent: String?) {
        #expect(LocalDirectory.parent(of: path) == parent)
    }

    @Test func `a directory that is gone cannot be synced`() throws {
        try TemporaryDirectory.with { directory in
            try LocalDirectory.sync(directory.path)
            let error = #expect(throws: LocalFileError.self) {
                try LocalDirectory.sync(directory.file("none"))
            }
            #expect(error?.code == .notFound)
        }
    }
}
