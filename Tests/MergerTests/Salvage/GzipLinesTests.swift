import Shared
import TestSupport
import Testing

@testable import merger

struct GzipLinesTests {
    private struct Found: Equatable {
        var lines: [String] = []
        var overlong: [String] = []
        var members = 0
        var emptyLines = 0
        var rawBytes = 0
        var damages: [GzipDamage] = []
        var linesSaved = 0
        /// Where the first damage is.
        var tornAt: Int? { damages.first?.offset }
    }

    private func read(_ bytes: [UInt8], lineBytesMax: Int = 1 << 20) throws -> Found {
        try TemporaryDirectory.withFast { directory in
            try directory.write(bytes, to: "file")
            var found = Found()
            var lines = try GzipLines(directory.file("file"), lineBytesMax: lineBytesMax)
            try lines.forEach { line, overlongBytes in
                let text = String(decoding: line, as: UTF8.self)
                if let overlongBytes {
                    found.overlong.append("\(text) of \(overlongBytes)")
                } else {
                    found.lines.append(text)
                }
            }
            found.members = lines.members
            found.emptyLines = lines.emptyLines
            found.rawBytes = lines.rawBytes
            found.damages = lines.damages
            found.linesSaved = lines.linesSaved
            return found
        }
    }

    private func gzip(_ text: String) throws -> [UInt8] {
        try Shell.run(["gzip", "-nc"], input: Array(text.utf8))
    }

    @Test func `lines go on across members, however these are cut`() throws {
        let found = try read(["{\"a\"", ":1}\n\r\n[2", "]", "\r\n", "3"].flatMap { try gzip($0) })
        #expect(found.lines == ["{\"a\":1}", "[2]", "3"])
        #expect(found.members == 5)
        #expect(found.emptyLines == 1)
        #expect(found.rawBytes == 16)
        #expect(found.tornAt == nil)
    }

    @Test func `an empty member is a member without lines`() throws {
        let found = try read(try gzip("") + gzip("x\n") + gzip(""))
        #expect(found.lines == ["x"])
        #expect(found.members == 3)
        #expect(found.tornAt == nil)
    }

    @Test func `a member with all optional header fields is read`() throws {
        let named = try Shell.python(
            """
            import sys, zlib, struct
            raw = b"x\\ny\\n"
            body = zlib.compress(raw)[2:-4]
            head = bytes([31, 139, 8, 2 | 4 | 8 | 16]) + bytes(6)
            head += struct.pack("<H", 3) + b"abc" + b"name\\0" + b"comment\\0"
            head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
            sys.stdout.buffer.write(head + body + struct.pack("<II", zlib.crc32(raw), len(raw)))
            """)
        #expect(try read(named).lines == ["x", "y"])
    }

    @Test func `a file that is cut anywhere is torn, and gives the lines before`() throws {
        let first = try gzip("one\ntwo\n")
        let whole = try first + gzip("three\nfour\n")
        for length in 0..<whole.count {
            let found = try read(Array(whole[..<length]))
            let isWhole = length == first.count
            #expect((found.tornAt == nil) == isWhole, "cut to \(length) bytes")
            if length >= first.count { #expect(found.lines.starts(with: ["one", "two"])) }
        }
    }

    @Test func `bytes behind the last member are reported where they begin`() throws {
        let member = try gzip("x\n")
        let found = try read(member + Array("garbage".utf8))
        #expect(found.lines == ["x"])
        #expect(found.tornAt.map { ($0 >= member.count) } == true)
    }

    @Test func `a wrong checksum is corruption`() throws {
        var member = try gzip("x\n")
        member[member.count - 5] ^= 1
        #expect(try read(member).tornAt != nil)
        #expect(try read(try gzip("x\n")).tornAt == nil)
    }

    @Test func `a file that is not gzip has no lines`() throws {
        let found = try read(Array("{\"id\":1}\n".utf8))
        #expect(found.lines.isEmpty)
        #expect(found.tornAt != nil)
    }

    @Test func `an overlong line comes as its head, and the next is whole`() throws {
        let found = try read(try gzip("ab\n0123456789\ncd\n"), lineBytesMax: 4)
        #expect(found.lines == ["ab", "cd"])
        #expect(found.overlong == ["0123 of 10"])
    }

    @Test func `more than a buffer of lines comes whole`() throws {
        let lines = (0..<30_000).map { "\($0) " + String(repeating: "x", count: $0 % 200) }
        let found = try read(try gzip(lines.joined(separator: "\n")))
        #expect(found.lines == lines)
        #expect(found.tornAt == nil)
    }
}
