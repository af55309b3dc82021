import Testing

@testable import merger

struct ClosedFormTests {
    private func group(_ connected: UInt64, _ minutes: [[UInt64: Int]]) throws -> CaptureBlocks {
        try #require(
            CaptureBlocks.group(
                minutes.map {
                    CaptureStratum(connected: connected, milliseconds: 60_000, counts: $0)
                }
            ).first)
    }

    /// The example of "Mark and recapture" in Wikipedia: 10 turtles marked, 15 caught, 5 of them marked:
    /// Chapman's estimate is 28.33, Seber's variance 34.92.
    @Test func `ten marked turtles, fifteen caught and five of them marked make 28`() throws {
        let missed = ClosedForm.chapman(try group(0b11, [[0b11: 5, 0b01: 5, 0b10: 10]]))
        #expect(abs(missed.value + 20 - 28.333333) < 1e-6)
        #expect(abs(missed.variance - 34.920635) < 1e-6)
    }

    @Test func `the bound for two zones is Chapman's estimate`() throws {
        let two = try group(0b11, [[0b11: 50, 0b01: 5, 0b10: 10], [0b11: 80, 0b01: 3, 0b10: 1]])
        #expect(ClosedForm.chao(two).value == ClosedForm.chapman(two).value)
        #expect(abs(ClosedForm.chao(two).value - (50.0 / 51 + 3.0 / 81)) < 1e-12)
    }

    /// Of 1,000,000 tweets two zones lose 20 % and the third 1 in 10,000: all miss 4. The form by
    /// f1² / 2 f2 would say 1,500 and more.
    @Test func `the bound does not exceed the truth where zones lose differently`() throws {
        let three = try group(
            0b111,
            [
                [
                    0b111: 639_936, 0b110: 159_984, 0b101: 159_984, 0b011: 64, 0b100: 39_996,
                    0b010: 16, 0b001: 16,
                ]
            ])
        #expect(abs(ClosedForm.chao(three).value - 4) < 0.1)
    }

    @Test func `a bad minute is not diluted by good ones`() throws {
        let good = Array(repeating: [UInt64(0b11): 100], count: 99)
        let bad: [UInt64: Int] = [0b11: 49, 0b01: 20, 0b10: 20]
        #expect(ClosedForm.chapman(try group(0b11, good + [bad])).value == 8)
    }

    @Test func `minutes with few tweets are pooled until there are fifty`() throws {
        let sparse = Array(repeating: [UInt64(0b11): 8, 0b01: 1, 0b10: 1], count: 11)
        let blocks = try group(0b11, sparse).blocks
        #expect(blocks.map(\.tweets) == [50, 50, 10])
        #expect(
            abs(ClosedForm.chapman(try group(0b11, sparse)).value - (2 * 25.0 / 41 + 1.0 / 9))
                < 1e-12)
    }
}
