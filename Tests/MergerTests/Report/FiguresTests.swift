import Shared
import Testing

@testable import merger

struct FiguresTests {
    /// With plain blanks, for reading.
    private func plain(_ text: String) -> String {
        String(text.map { $0 == "\u{A0}" ? " " : $0 })
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "−1,234"),
        (Int.max, "9,223,372,036,854,775,807"), (Int.min, "−9,223,372,036,854,775,808"),
    ])
    func `digits are grouped by three`(number: Int, text: String) {
        #expect(Figures.grouped(number) == text)
    }

    @Test(arguments: [
        (99.99999, "99.999 %"), (100, "100.000 %"), (0, "0.000 %"), (0.0004, "0.000 %"),
        (99.1234, "99.123 %"),
    ])
    func `a percentage is never rounded up to a whole`(percent: Double, text: String) {
        #expect(plain(Figures.percent(percent)) == text)
    }

    @Test func `an upper bound is rounded up`() {
        #expect(plain(Figures.percent(99.1231, .up)) == "99.124 %")
    }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (12_345, "12.345 s"), (12_040, "12.040 s"),
        (60_000, "1 min"), (187_000, "3 min 07 s"), (187_040, "3 min 07.040 s"),
        (60_001, "1 min 00.001 s"), (7_200_000, "2 h"), (7_500_000, "2 h 05 min"),
        (3_601_000, "1 h 01 s"), (259_199_999, "71 h 59 min 59.999 s"), (259_200_000, "3 d"),
        (266_400_001, "3 d 2 h 00.001 s"), (31_536_000_000, "365 d"),
    ])
    func `a duration keeps every millisecond`(milliseconds: Int, text: String) {
        #expect(plain(Figures.duration(Int64(milliseconds))) == text)
    }

    @Test(arguments: [
        (3.24, "3.2"), (9.99, "10.0"), (10.0, "10"), (1234.5, "1,234"), (0.0, "0.0"),
        (Double.infinity, "∞"), (1e300, "∞"), (-Double.infinity, "−∞"), (Double.nan, "unknown"),
        (-0.5, "−0.5"),
    ])
    func `an estimate has a decimal where it is small, and may be without bound`(
        number: Double, text: String
    ) {
        #expect(Figures.estimated(number) == text)
    }

    @Test(arguments: [
        (0.5, "0.5"), (500, "500"), (1500, "1.5k"), (2_500_000, "2.5M"), (1e12, "1000G"),
    ])
    func `numbers of an axis are short`(number: Double, text: String) {
        #expect(Figures.short(number) == text)
    }

    @Test func `coordinates have a sign and a point that SVG reads`() {
        #expect(Figures.trimmed(-1234.50, places: 2) == "-1234.5")
        #expect(Figures.trimmed(100, places: 3) == "100")
    }

    @Test(arguments: [
        ("2026-11-22T18:00:00Z", "2026-11-22 18:00:00"),
        ("2026-11-22T18:00:00.120Z", "2026-11-22 18:00:00.120"),
    ])
    func `a moment has milliseconds only where there are some`(time: String, text: String) throws {
        #expect(Figures.moment(try #require(Timestamp(time))) == text)
    }

    @Test(arguments: [
        ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
    ])
    func `words are listed as in a sentence`(words: [String], text: String) {
        #expect(Figures.list(words) == text)
    }
}
