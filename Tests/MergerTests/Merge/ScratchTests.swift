import Shared
import TestSupport
import Testing

@testable import merger

struct ScratchTests {
    private func scratches(_ directory: TemporaryDirectory) throws -> [String] {
        try directory.names().filter { $0.hasPrefix("scratch-") }
    }

    @Test func `a directory goes with its owner, and its files too`() throws {
        try TemporaryDirectory.withFast { directory in
            var scratch: Scratch? = try Scratch(root: directory.path)
            let path = try #require(scratch?.directory)
            try LocalFile.create("\(path)/a").write([1])
            #expect(try scratches(directory).count == 1)
            scratch = nil
            #expect(try scratches(directory).isEmpty)
        }
    }

    @Test func `what a dead run left is removed, and what a living one has is not`() throws {
        try TemporaryDirectory.withFast { directory in
            let dead = try directory.folder("scratch-0123456789abcdef")
            try dead.write([1], to: "index.sqlite")
            try dead.write([], to: "lock")
            try directory.write([7], to: "not-scratch")
            let living = try Scratch(root: directory.path)
            try LocalFile.create("\(living.directory)/mine").write([1])
            let other = try Scratch(root: directory.path)
            #expect(try scratches(directory).count == 2)
            #expect(!LocalDirectory.exists(dead.path))
            #expect(LocalDirectory.exists("\(living.directory)/mine"))
            #expect(directory.has("not-scratch"))
            withExtendedLifetime(other) {}
        }
    }

    @Test func `the root is made where it is missing`() throws {
        try TemporaryDirectory.withFast { directory in
            let scratch = try Scratch(root: directory.file("a/b"))
            #expect(LocalDirectory.isDirectory(scratch.directory))
        }
    }
}
