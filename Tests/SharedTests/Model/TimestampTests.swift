import Shared
import TestSupport
import Testing

@Suite struct TimestampTests {
    /// Python writes years 1 to 9999.
    private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    private static func pythonTexts(_ times: [Int64]) throws -> [String] {
        let script = """
            import sys
            from datetime import datetime, timedelta
            for line in sys.stdin:
                time = datetime(1970, 1, 1) + timedelta(milliseconds=int(line))
                print(time.isoformat(timespec="milliseconds") + "Z")
            """
        let input = Array(times.map(String.init).joined(separator: "\n").utf8)
        let output = String(decoding: try Shell.python(script, input: input), as: UTF8.self)
        return output.split(separator: "\n").map(String.init)
    }

    @Test func `random moments of ten thousand years are written as Python writes them`() throws {
        let seed = Seed()
        var generator = seed.generator
        var times = (0..<4000).map { _ in Int64.random(in: Self.range, using: &generator) }
        times += (0..<1000).map { _ in Int64.random(in: -100_000...100_000, using: &generator) }
        times += [Self.range.lowerBound, Self.range.upperBound, 0, -1, 1, 999, 1000, -999, -1000]
        let texts = try Self.pythonTexts(times)
        #expect(texts.count == times.count)
        for (time, text) in zip(times, texts) {
            let timestamp = Timestamp(milliseconds: time)
            #expect(timestamp.description == text, "\(seed)")
            #expect(Timestamp(text) == timestamp, "\(seed)")
            #expect(timestamp.date == text.prefix(10), "\(seed)")
            let compact = text.filter { $0 != "-" && $0 != ":" }
            #expect(timestamp.compactDescription == compact, "\(seed)")
            #expect(Timestamp(compact: compact) == timestamp, "\(seed)")
        }
    }

    @Test func `each day around the ends of February and of the year is the one Python names`()
        throws
    {
        let years = [
            1, 4, 100, 400, 1600, 1800, 1899, 1900, 1969, 1970, 1972, 2000, 2023, 2024, 2100, 2200,
        ]
        let script = """
            from datetime import date
            for year in \(years):
                for month in range(0, 14):
                    for day in range(0, 33):
                        try:
                            days = (date(year, month, day) - date(1970, 1, 1)).days
                        except ValueError:
                            days = None
                        print(f"{year:04}-{month:02}-{day:02} {days}")
            """
        let lines = String(decoding: try Shell.python(script), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == years.count * 14 * 33)
        for line in lines {
            let fields = line.split(separator: " ")
            let expected = Int64(fields[1]).map {
                Timestamp(milliseconds: $0 * Timestamp.millisecondsPerDay)
            }
            #expect(Timestamp(fields[0] + "T00:00:00Z") == expected, "\(line)")
            let compact = fields[0].filter { $0 != "-" } + "T000000.000Z"
            #expect(Timestamp(compact: compact) == expected, "\(line)")
        }
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T18:00:00", "2026-11-22T18:00:00+00:00",
        "2026-11-22t18:00:00Z", "2026-11-22T18:00:00z", "2026-11-22 18:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T18:60:00Z", "2026-11-22T18:00:60Z",
        "2026-11-22T18:00:00.Z", "2026-11-22T18:00:00.1234567890Z", "2026-11-22T18:00:00,5Z",
        "2026-11-22T18:00:00.000ZZ", " 2026-11-22T18:00:00Z", "26-11-22T18:00:00Z",
        "2026-11-22T18:00:00.-1Z", "2026-11-22T18:00:00.\u{663}Z", "02026-11-22T18:00:00Z",
        "2026-11-2\u{FF12}T18:00:00Z", "+026-11-22T18:00:00Z", "2026-1-022T18:00:00Z",
    ])
    func `text that is not such a time is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        "", "20261122T180000Z", "20261122T180000.0Z", "20261122T180000.0000Z",
        "20261122T180000.000", "2026-11-22T18:00:00.000Z", "20261122T180000.000z",
        "20260229T000000.000Z", "20261122T240000.000Z", "x20261122T180000.000Z",
    ])
    func `a compact time is read only as it is written`(text: String) {
        #expect(Timestamp(compact: text) == nil)
    }

    @Test(arguments: [
        ("2026-11-22T18:00:00Z", 0), ("2026-11-22T18:00:00.1Z", 100),
        ("2026-11-22T18:00:00.12Z", 120), ("2026-11-22T18:00:00.1239Z", 123),
        ("2026-11-22T18:00:00.000999999Z", 0), ("2026-11-22T18:00:00.999999999Z", 999),
    ])
    func `digits below the millisecond are cut off`(text: String, milliseconds: Int64) {
        // date -u -d 2026-11-22T18:00:00Z +%s
        #expect(Timestamp(text)?.milliseconds == 1_795_370_400_000 + milliseconds)
    }

    @Test func `compact times sort as the moments do`() {
        let seed = Seed()
        var generator = seed.generator
        let times = (0..<500).map { _ in
            Timestamp(milliseconds: Int64.random(in: Self.range, using: &generator))
        }
        let byText = times.sorted { $0.compactDescription < $1.compactDescription }
        #expect(byText == times.sorted(), "\(seed)")
    }

    @Test func `durations are whole milliseconds rounded towards zero`() {
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
        #expect(Duration.microseconds(-1999).wholeMilliseconds == -1)
        #expect(Duration.seconds(90).wholeMilliseconds == 90_000)
        let time = Timestamp(milliseconds: 5)
        #expect(time.advanced(by: .milliseconds(-7)).milliseconds == -2)
        #expect(time.duration(to: Timestamp(milliseconds: 1)) == .milliseconds(-4))
        #expect(Duration.milliseconds(2500).inSeconds == 2.5)
    }

    @Test func `in JSON a time is its text, and other text is refused by name`() throws {
        let time = Timestamp(milliseconds: 0)
        let bytes = JSONDocument.encode([time])
        #expect(String(decoding: bytes, as: UTF8.self) == #"["1970-01-01T00:00:00.000Z"]"#)
        #expect(try JSONDocument.decode([Timestamp].self, from: bytes) == [time])
        let error = #expect(throws: DecodingError.self) {
            try JSONDocument.decode([Timestamp].self, from: Array(#"["noon"]"#.utf8))
        }
        #expect(error?.summary == #"0: "noon" is not an RFC 3339 time in UTC"#)
    }
}
