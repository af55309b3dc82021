import Shared
import TestSupport
import Testing

@Suite struct LocalFileTests {
    @Test func `what was written is read back, whole and in parts`() throws {
        try TemporaryDirectory.with { directory in
            let file = try LocalFile.create(directory.file("x"))
            try file.write([1, 2, 3])
            try file.write([])
            try file.write([4, 5])
            try file.sync()
            #expect(try file.bytes == 5)
            #expect(try directory.read("x") == [1, 2, 3, 4, 5])
            let other = try LocalFile.read(directory.file("x"))
            #expect(try other.read(1..<4) == [2, 3, 4])
            #expect(try other.read(3..<100) == [4, 5])
            #expect(try other.read(5..<6) == [])
            #expect(try other.read(2..<2) == [])
        }
    }

    @Test func `creating never touches what is there and replacing empties it`() throws {
        try TemporaryDirectory.with { directory in
            try directory.write([1, 2, 3], to: "x")
            let error = #expect(throws: LocalFileError.self) {
                _ = try LocalFile.create(directory.file("x"))
            }
            #expect(error?.code == .exists)
            #expect(try directory.read("x") == [1, 2, 3])
            let file = try LocalFile.replace(directory.file("x"))
            #expect(try file.bytes == 0)
            _ = try LocalFile.replace(directory.file("y"))
            #expect(directory.has("y"))
        }
    }

    @Test func `an error names the file, the operation and the reason`() throws {
        try TemporaryDirectory.with { directory in
            let error = #expect(throws: LocalFileError.self) {
                _ = try LocalFile.read(directory.file("x"))
            }
            #expect(error?.code == .notFound)
            #expect(error?.disposition == .halt)
            #expect(
                "\(directory.file("x")): cannot open: No such file or directory" == error?.message)
        }
    }

    @Test func `a full disk is named with what to do about it`() throws {
        let file = try LocalFile.replace("/dev/full")
        let error = #expect(throws: LocalFileError.self) { try file.write([1]) }
        #expect(error?.code == .noSpace)
        #expect(
            error?.message
                == "/dev/full: cannot write: No space left on device: free some space, or move it "
                + "to a larger disk")
    }
}
