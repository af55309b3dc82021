import Shared
import TestSupport
import Testing

@Suite struct TweetIDTests {
    /// Ids and times that X's documents and posts give for each other.
    @Test(arguments: [
        (1_541_815_603_606_036_480, "2022-06-28T16:07:40.105Z"),
        (1_346_889_436_626_259_968, "2021-01-06T18:40:40.344Z"),
        (1, "2010-11-04T01:42:54.657Z"), (20, "2010-11-04T01:42:54.657Z"),
        (4_194_303, "2010-11-04T01:42:54.657Z"), (4_194_304, "2010-11-04T01:42:54.658Z"),
        (Int64.max, "2080-07-10T17:30:30.208Z"),
    ])
    func `an id was made at the time that its upper bits say`(value: Int64, time: String) throws {
        #expect(try #require(TweetID(value)).creationTime.description == time)
    }

    @Test func `ids of before the epoch all belong to its first hour`() throws {
        // The last id of the old kind.
        #expect(try #require(TweetID(29_700_859_247)).partition.description == "2010-11-04T01")
        #expect(try #require(TweetID(1)).partition.description == "2010-11-04T01")
    }

    @Test func `the partition of an id is the hour that Python works out`() throws {
        let seed = Seed()
        var generator = seed.generator
        let ids = (0..<2000).map { _ in Int64.random(in: 1...Int64.max, using: &generator) }
        let script = """
            import sys
            from datetime import datetime, timedelta
            for line in sys.stdin:
                ms = (int(line) >> 22) + 1288834974657
                print((datetime(1970, 1, 1) + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H"))
            """
        let input = Array(ids.map(String.init).joined(separator: "\n").utf8)
        let output = String(decoding: try Shell.python(script, input: input), as: UTF8.self)
        let hours = output.split(separator: "\n").map(String.init)
        #expect(hours == ids.compactMap { TweetID($0)?.partition.description }, "\(seed)")
    }

    @Test(arguments: ["1", "20", "9223372036854775807", "1541815603606036481"])
    func `an id is read as it is written`(text: String) throws {
        #expect(try #require(TweetID(text)).description == text)
    }

    @Test(arguments: [
        "", "0", "-1", "+1", "01", "00", " 1", "1 ", "1.0", "1e3", "0x10", "9223372036854775808",
        "18446744073709551615", "10000000000000000000", "١", "1\u{0}", "null",
    ])
    func `text that is not a positive 63-bit decimal is refused`(text: String) {
        #expect(TweetID(text) == nil)
    }

    @Test(arguments: [0, -1, Int64.min])
    func `a number that is not positive is refused`(value: Int64) {
        #expect(TweetID(value) == nil)
    }

    @Test func `ids order as numbers where their texts would not`() throws {
        let small = try #require(TweetID("999999999999999999"))
        let large = try #require(TweetID("1000000000000000000"))
        #expect(small < large)
        #expect(small.description > large.description)
    }

    @Test func `in JSON an id is a string, and a number is refused`() throws {
        let id = try #require(TweetID(Int64.max))
        let bytes = JSONDocument.encode([id])
        #expect(String(decoding: bytes, as: UTF8.self) == #"["9223372036854775807"]"#)
        #expect(try JSONDocument.decode([TweetID].self, from: bytes) == [id])
        for text in ["[1]", #"["0"]"#, #"["1.0"]"#, "[null]"] {
            #expect(throws: DecodingError.self) {
                try JSONDocument.decode([TweetID].self, from: Array(text.utf8))
            }
        }
    }
}
