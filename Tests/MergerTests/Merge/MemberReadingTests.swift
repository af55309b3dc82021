import Shared
import Testing

@testable import merger

struct MemberReadingTests {
    private static let lines = ["first", "second", "third", "fourth", "a notice", "sixth"]

    /// Everything as one buffer, with these lines wanted.
    private func reading(_ wanted: Set<String>) -> MemberReading {
        var bytes: [UInt8] = []
        var reading = MemberReading(lines: LineBuffer(bytes: [], count: 0))
        for (number, line) in Self.lines.enumerated() {
            let range = bytes.count..<bytes.count + line.utf8.count
            bytes += Array(line.utf8) + [UInt8(ascii: "\n")]
            guard wanted.contains(line) else { continue }
            let rank = CopyRank(segment: 0, line: Int32(number + 1))
            if line == "a notice" {
                reading.asides.append(
                    MemberReading.Aside(kind: .notice(.limit, nil), rank: rank, range: range))
            } else {
                reading.copies.append(
                    LoadedCopy(
                        id: Int64(number), rank: rank, digest: 0, buffer: 0,
                        offset: Int32(range.lowerBound), bytes: Int32(range.count), zoneBit: 0))
            }
        }
        reading.lines = LineBuffer(bytes: bytes, count: bytes.count)
        return reading
    }

    private func text(_ range: Range<Int>, _ reading: MemberReading) -> String {
        reading.lines.withLine(range) { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [["third"], ["first", "a notice"], lines])
    func `lines are the same after the rest was let go`(wanted: [String]) {
        var reading = reading(Set(wanted))
        let before = reading.lines.count
        reading.compact(LineBufferPool())
        #expect((reading.lines.count < before) == (wanted.count < Self.lines.count))
        let found =
            reading.copies.map { text($0.range, reading) }
            + reading.asides.map { text($0.range, reading) }
        #expect(Set(found) == Set(wanted))
    }
}
