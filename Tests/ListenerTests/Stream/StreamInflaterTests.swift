import Shared
import TestSupport
import Testing

@testable import listener

struct StreamInflaterTests {
    /// Made by zlib through Python: members with a sync flush after each line.
    private static func body(lines: Int, members: Int) throws -> (gzip: [UInt8], text: [UInt8]) {
        let script = """
            import sys, zlib
            lines, members = int(sys.argv[1]), int(sys.argv[2])
            for member in range(members):
                deflater = zlib.compressobj(6, zlib.DEFLATED, 31)
                for line in range(lines):
                    text = b'{"id":%d,"member":%d}\\r\\n' % (line, member)
                    sys.stdout.buffer.write(deflater.compress(text))
                    sys.stdout.buffer.write(deflater.flush(zlib.Z_SYNC_FLUSH))
                sys.stdout.buffer.write(deflater.flush())
            """
        let gzip = try Shell.run(["python3", "-c", script, "\(lines)", "\(members)"], input: [])
        let text = (0..<members).map { member in
            (0..<lines).map { "{\"id\":\($0),\"member\":\(member)}\r\n" }.joined()
        }
        return (gzip, Array(text.joined().utf8))
    }

    /// Inflates piece after piece, emptying the buffer whenever it is full.
    private func inflate(_ pieces: [[UInt8]], capacity: Int) throws -> (text: [UInt8], full: Int) {
        let inflater = StreamInflater()
        let buffer = StreamBuffer(capacity: capacity)
        var text: [UInt8] = []
        func empty() {
            text += buffer.bytes
            buffer.clear()
        }
        for piece in pieces {
            try piece.withUnsafeBytes { try inflater.take($0, into: buffer) }
            while inflater.isBlocked {
                empty()
                try inflater.goOn(into: buffer)
            }
        }
        #expect(!inflater.isInMember)
        empty()
        return (text, buffer.timesFull)
    }

    @Test func `members with flushes inflate to their text wherever they are cut`() throws {
        let (gzip, text) = try Self.body(lines: 3, members: 3)
        for cut in 0...gzip.count {
            let pieces = [Array(gzip[..<cut]), Array(gzip[cut...])]
            #expect(try inflate(pieces, capacity: 1000).text == text)
        }
        #expect(try inflate(gzip.map { [$0] }, capacity: 1000).text == text)
    }

    @Test(arguments: [1, 7, 4096])
    func `what finds no room waits and is not lost`(capacity: Int) throws {
        let (gzip, text) = try Self.body(lines: 500, members: 2)
        let result = try inflate([gzip], capacity: capacity)
        #expect(result.text == text)
        #expect(result.full >= text.count / capacity)
    }

    @Test func `each flushed line is there before the next one comes`() throws {
        let (gzip, _) = try Self.body(lines: 1, members: 1)
        let inflater = StreamInflater()
        let buffer = StreamBuffer(capacity: 1000)
        // All but the end of the deflate stream and the trailer of eight bytes.
        try gzip[..<(gzip.count - 10)].withUnsafeBytes { try inflater.take($0, into: buffer) }
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "{\"id\":0,\"member\":0}\r\n")
        #expect(inflater.isInMember)
    }

    @Test func `what is no gzip is refused, and what came before it is kept`() throws {
        let (gzip, text) = try Self.body(lines: 1, members: 1)
        let inflater = StreamInflater()
        let buffer = StreamBuffer(capacity: 1000)
        #expect(throws: GzipError.self) {
            try (gzip + Array("HTTP".utf8)).withUnsafeBytes { try inflater.take($0, into: buffer) }
        }
        #expect(Array(buffer.bytes) == text)
    }

    @Test func `a bomb is refused before it has filled a disk`() throws {
        let script = "import gzip, sys; sys.stdout.buffer.write(gzip.compress(bytes(64 << 20)))"
        let bomb = try Shell.run(["python3", "-c", script], input: [])
        #expect(bomb.count < 100_000)
        let inflater = StreamInflater()
        let buffer = StreamBuffer(capacity: 1 << 20)
        var inflated = 0
        let error = #expect(throws: GzipError.self) {
            try bomb.withUnsafeBytes { try inflater.take($0, into: buffer) }
            while inflater.isBlocked {
                inflated += buffer.bytes.count
                buffer.clear()
                try inflater.goOn(into: buffer)
            }
        }
        #expect(error?.code == .tooLarge)
        #expect((16 << 20...18 << 20).contains(inflated))
    }
}
