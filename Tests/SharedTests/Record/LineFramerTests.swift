import Shared
import TestSupport
import Testing

@Suite struct LineFramerTests {
    private enum Seen: Equatable, CustomStringConvertible {
        case line(String)
        case keepAlive
        case overlong(head: String, bytes: Int)

        var description: String {
            switch self {
            case .line(let text): "line \(text.debugDescription)"
            case .keepAlive: "keep-alive"
            case .overlong(let head, let bytes): "overlong \(head.debugDescription) of \(bytes)"
            }
        }
    }

    private struct Framed: Equatable {
        var seen: [Seen]
        var partialBytes: Int
        var lineFeedsReplaced: Int
        var lengthMismatches: Int
    }

    /// What a framer makes of `pieces`, and how many bytes wait for their terminator in the end.
    private static func frame(
        _ pieces: [[UInt8]], _ terminator: LineFramer.Terminator, lineBytesMax: Int = 100,
        finishes: Bool = false
    ) -> Framed {
        var framer = LineFramer(terminator: terminator, lineBytesMax: lineBytesMax)
        var seen: [Seen] = []
        func note(_ piece: LineFramer.Piece) {
            switch piece {
            case .line(let line): seen.append(.line(String(decoding: line, as: UTF8.self)))
            case .keepAlive: seen.append(.keepAlive)
            case .overlong(let head, let bytes):
                seen.append(.overlong(head: String(decoding: head, as: UTF8.self), bytes: bytes))
            }
        }
        for piece in pieces { piece.withUnsafeBytes { framer.feed($0, note) } }
        let partialBytes = framer.partialBytes
        if finishes { framer.finish(note) }
        return Framed(
            seen: seen, partialBytes: partialBytes,
            lineFeedsReplaced: framer.lineFeedsReplaced,
            lengthMismatches: framer.lengthMismatches)
    }

    private static func frame(
        _ text: String, _ terminator: LineFramer.Terminator, lineBytesMax: Int = 100,
        finishes: Bool = false
    ) -> [Seen] {
        frame([Array(text.utf8)], terminator, lineBytesMax: lineBytesMax, finishes: finishes).seen
    }

    @Test func `three messages in one read are three lines, and an empty one a keep-alive`() {
        #expect(
            Self.frame("a\r\n\r\nbc\r\n", .crlf) == [.line("a"), .keepAlive, .line("bc")])
        #expect(Self.frame("a\n\nbc\n", .lf) == [.line("a"), .keepAlive, .line("bc")])
    }

    @Test func `at LF one CR before it belongs to the terminator and others do not`() {
        #expect(
            Self.frame("a\r\nb\r\r\n\r\nc\rd\n", .lf)
                == [.line("a"), .line("b\r"), .keepAlive, .line("c\rd")])
    }

    @Test func `at CRLF a bare LF becomes a space and is counted`() {
        let framed = Self.frame([Array("{\n\"a\":\n1}\r\nb\r\n".utf8)], .crlf)
        #expect(framed.seen == [.line("{ \"a\": 1}"), .line("b")])
        #expect(framed.lineFeedsReplaced == 2)
    }

    @Test(arguments: [
        ("{\"a\":\"x\ny\",\n\"b\":1}", ["{\"a\":\"x", "y\",", "\"b\":1}"]),
        ("not\n\nJSON\n", ["not", "JSON"]), ("{\"a\":tr\nue}", ["{\"a\":tr", "ue}"]),
    ])
    func `in what is not JSON a bare LF ends a line and no byte is changed`(
        text: String, lines: [String]
    ) {
        for cut in 0..<text.utf8.count {
            let bytes = Array((text + "\r\n[\n1]\r\n").utf8)
            let framed = Self.frame([Array(bytes[..<cut]), Array(bytes[cut...])], .crlf)
            #expect(framed.seen == lines.map { .line($0) } + [.line("[ 1]")])
            #expect(framed.lineFeedsReplaced == 1)
        }
    }

    /// The length counts the line's own CR LF (X, "delimited").
    @Test(arguments: ["9\r\n", "9\n"])
    func `a length before a line is no line, wherever the stream is cut`(length: String) {
        let text = "\r\n\(length){\"a\":1}\r\n\r\n\(length){\"b\":2}\r\n"
        let bytes = Array(text.utf8)
        for cut in 0..<bytes.count {
            let framed = Self.frame([Array(bytes[..<cut]), Array(bytes[cut...])], .delimitedCRLF)
            #expect(
                framed.seen
                    == [.keepAlive, .line("{\"a\":1}"), .keepAlive, .line("{\"b\":2}")])
            #expect(framed.lengthMismatches == 0)
        }
    }

    @Test(arguments: [
        ("8\r\n{\"a\":1}\r\n", 1), ("10\n{\"a\":1}\r\n", 1), ("{\"a\":1}\r\n", 1),
        ("9\r\n9\r\n{\"a\":1}\r\n", 1), ("99999999999999999999\r\n{\"a\":1}\r\n", 1),
        ("9\r\n\r\n{\"a\":1}\r\n", 0),
    ])
    func `a length that lies is counted and loses no line`(text: String, mismatches: Int) {
        let next = "9\r\n{\"b\":2}\r\n"
        let framed = Self.frame([Array((text + next).utf8)], .delimitedCRLF)
        #expect(
            framed.seen.filter { $0 != .keepAlive } == [.line("{\"a\":1}"), .line("{\"b\":2}")])
        #expect(framed.lengthMismatches == mismatches)
    }

    @Test func `a length counts an LF inside its line, and is forgotten with the connection`() {
        let framed = Self.frame([Array("10\n{\"a\":\n1}\r\n".utf8)], .delimitedCRLF)
        #expect(framed.seen == [.line("{\"a\": 1}")])
        #expect(framed.lengthMismatches == 0)
        var framer = LineFramer(terminator: .delimitedCRLF, lineBytesMax: 100)
        for text in ["77\r\n{\"cut", "9\r\n{\"b\":2}\r\n"] {
            framer.reset()
            Array(text.utf8).withUnsafeBytes { framer.feed($0) { _ in } }
        }
        #expect(framer.lengthMismatches == 0)
    }

    @Test func `a bare CR ends no line`() {
        #expect(Self.frame("a\rb\r\n", .crlf) == [.line("a\rb")])
        #expect(Self.frame("a\r\rb\r\r\n", .crlf) == [.line("a\r\rb\r")])
    }

    @Test(arguments: [LineFramer.Terminator.crlf, .lf])
    func `what Unicode calls a line end is content`(terminator: LineFramer.Terminator) {
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{B}e\u{C}f"
        #expect(Self.frame(text + "\r\n", terminator) == [.line(text)])
    }

    @Test func `a line is whole however the stream is cut, at each byte and at each pair`() {
        let streams: [(String, LineFramer.Terminator)] = [
            (
                "{\"a\":1}\r\n\r\n\u{E9}\u{1F600}\r\nx\ny\r\nlonger than ten\r\nz\r\n\n\r\n\r\r\nw",
                .crlf
            ),
            ("{\"a\":1}\n\n\u{E9}\u{1F600}\r\n\r\nlonger than ten\r\nz\nlonger than ten\nw\r", .lf),
            ("0123456789\r\n0123456789a\r\n0123456789\nb\r\nc", .crlf),
            ("0123456789\r\n0123456789a\n0123456789\r\r\nc", .lf),
        ]
        for (text, terminator) in streams {
            let bytes = Array(text.utf8)
            let whole = Self.frame([bytes], terminator, lineBytesMax: 10, finishes: true)
            #expect(whole.seen.count > 3)
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                    let cut = Self.frame(
                        pieces.map(Array.init), terminator, lineBytesMax: 10, finishes: true)
                    #expect(cut == whole, "cut at \(first) and \(second)")
                }
            }
            let single = Self.frame(
                bytes.map { [$0] }, terminator, lineBytesMax: 10, finishes: true)
            #expect(single == whole)
        }
    }

    @Test(arguments: [LineFramer.Terminator.crlf, .lf])
    func `a line at the limit is kept and one byte more is overlong`(
        terminator: LineFramer.Terminator
    ) {
        for end in terminator == .crlf ? ["\r\n"] : ["\r\n", "\n"] {
            #expect(
                Self.frame("12345678\(end)123456789\(end)1\(end)", terminator, lineBytesMax: 8)
                    == [.line("12345678"), .overlong(head: "12345678", bytes: 9), .line("1")])
        }
    }

    @Test(arguments: [LineFramer.Terminator.crlf, .lf])
    func `a line without end holds no more memory than the limit and ends at the next terminator`(
        terminator: LineFramer.Terminator
    ) {
        let pieces = [[UInt8]](repeating: [UInt8](repeating: 0x78, count: 1000), count: 500)
        let end = [Array("yz\r\nnext\r\n".utf8)]
        let framed = Self.frame(pieces + end, terminator, lineBytesMax: 4)
        #expect(framed.seen == [.overlong(head: "xxxx", bytes: 500_002), .line("next")])
        let unfinished = Self.frame(pieces, terminator, lineBytesMax: 4)
        #expect(unfinished.seen == [])
        #expect(unfinished.partialBytes == 500_000)
    }

    @Test func `the next line is not lost where an overlong one's CR and LF come apart`() {
        let pieces = ["0123456789abc\r", "\nnext\r\n"].map { Array($0.utf8) }
        #expect(
            Self.frame(pieces, .crlf, lineBytesMax: 10).seen
                == [.overlong(head: "0123456789", bytes: 13), .line("next")])
    }

    @Test func `a partial line is counted, and a line only if the stream says that it ended`() {
        let text = "a\r\nbcd"
        let framed = Self.frame([Array(text.utf8)], .crlf)
        #expect(framed.seen == [.line("a")])
        #expect(framed.partialBytes == 3)
        #expect(Self.frame(text, .lf, finishes: true) == [.line("a"), .line("bcd")])
        #expect(Self.frame("a\n", .lf, finishes: true) == [.line("a")])
        #expect(Self.frame("", .lf, finishes: true) == [])
    }

    @Test func `after a reset the rest of a broken line is not joined to the next stream's`() {
        var framer = LineFramer(terminator: .crlf, lineBytesMax: 4)
        var lines: [String] = []
        func note(_ piece: LineFramer.Piece) {
            if case .line(let line) = piece { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        for (text, lost) in [("abc", 3), ("abcdefgh\r", 9), ("ab\r", 3), ("", 0)] {
            Array(text.utf8).withUnsafeBytes { framer.feed($0, note) }
            #expect(framer.reset() == lost)
            #expect(framer.partialBytes == 0)
            // A CR of the stream before must not make this LF a terminator.
            Array("\n1\r\n".utf8).withUnsafeBytes { framer.feed($0, note) }
            #expect(lines == [" 1"])
            lines = []
        }
    }

    @Test func `an error of the receiver comes out`() {
        struct Stop: Error {}
        var framer = LineFramer(terminator: .lf, lineBytesMax: 4)
        #expect(throws: Stop.self) {
            try Array("a\nb\n".utf8).withUnsafeBytes { bytes in
                try framer.feed(bytes) { _ in throw Stop() }
            }
        }
    }

    @Test func `random bytes in random pieces give the lines that Python's split gives`() throws {
        let seed = Seed()
        var generator = seed.generator
        let alphabet = Array("ab\r\n\r\n".utf8)
        let bytes = (0..<20_000).map { _ in generator.pick(alphabet) }
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + generator.below(40))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        let script = """
            import json, sys
            text = sys.stdin.buffer.read().decode()
            crlf = []
            for line in text.split("\\r\\n")[:-1]:
                crlf += [piece for piece in line.split("\\n") if piece] if "\\n" in line else [line]
            lf = [line.removesuffix("\\r") for line in text.split("\\n")[:-1]]
            print(json.dumps([crlf, lf]))
            """
        let output = try Shell.python(script, input: bytes)
        let expected = try JSONDocument.decode([[String]].self, from: output)
        for (terminator, lines) in zip([LineFramer.Terminator.crlf, .lf], expected) {
            let seen = Self.frame(pieces, terminator, lineBytesMax: 1000).seen
            #expect(seen == lines.map { $0.isEmpty ? .keepAlive : .line($0) }, "\(seed)")
        }
    }
}
