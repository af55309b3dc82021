import Shared
import Testing

@Suite struct RawLinesTests {
    private static func lines(_ text: String) -> (lines: [String], offsets: [Int], end: Int) {
        var lines: [String] = []
        var offsets: [Int] = []
        let end = Array(text.utf8).withUnsafeBytes { raw in
            RawLines.forEach(in: raw) { line, offset in
                lines.append(String(decoding: line, as: UTF8.self))
                offsets.append(offset)
            }
        }
        return (lines, offsets, end)
    }

    @Test func `each line comes with its offset, and what has no LF is left over`() {
        let read = Self.lines("ab\n\nc\r\nrest")
        #expect(read.lines == ["ab", "", "c\r"])
        #expect(read.offsets == [0, 3, 4])
        #expect(read.end == 7)
    }

    @Test(arguments: [("", 0), ("rest", 0), ("\n", 1), ("a\n", 2)])
    func `the end is behind the last LF`(text: String, end: Int) {
        #expect(Self.lines(text).end == end)
        #expect(RawLines.forEach(in: UnsafeRawBufferPointer(start: nil, count: 0)) { _, _ in } == 0)
    }

    @Test func `an error of the receiver comes out`() {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try Array("a\n".utf8).withUnsafeBytes { raw in
                try RawLines.forEach(in: raw) { _, _ in throw Stop() }
            }
        }
    }
}
