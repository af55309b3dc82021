import Shared
import TestSupport
import Testing

@testable import listener

struct BeaconTests {
    private static let text = """
        {"format":1,"stream":"default","zone":"b","instance":"0123456789abcdef","selection":"s",\
        "at":"2026-11-22T18:00:31.000Z","connected":true,"minutes":[\
        {"minute":"2026-11-22T17:58:00.000Z","records":4},\
        {"minute":"2026-11-22T17:59:00.000Z","records":5}]}
        """

    private static func read(_ text: String) throws -> Beacon {
        try Beacon(Array(text.utf8), at: #require(ObjectKey("beacons/zone=b.json")))
    }

    @Test func `a beacon is what docs say it is`() throws {
        let beacon = try Self.read(Self.text)
        #expect(beacon.zone.name == "b")
        #expect(beacon.at == Timestamp("2026-11-22T18:00:31Z"))
        #expect(beacon.minutes.map(\.records) == [4, 5])
        #expect(
            try Self.read(String(decoding: JSONDocument.encode(beacon), as: UTF8.self)) == beacon)
    }

    @Test(arguments: [
        ("\"format\":1", "\"format\":2"), ("\"zone\":\"b\"", "\"zone\":\"c\""),
        ("\"zone\":\"b\"", "\"zone\":\"../b\""), ("\"records\":5", "\"records\":-1"),
        ("\"records\":5", "\"records\":1e300"),
        ("\"records\":5", "\"records\":9223372036854775807"),
        ("17:59", "17:57"), ("17:59", "17:58"), ("17:59", "17:61"), ("true", "1"), ("[", "[["),
        ("\"connected\":true,", ""), ("{\"format\"", "{{\"format\""),
    ])
    func `what no listener writes is refused`(old: String, new: String) throws {
        let parts = Self.text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        #expect(throws: BeaconError.self) { try Self.read(parts.joined(separator: new)) }
    }

    @Test func `more minutes than are remembered are refused`() throws {
        func beacon(_ count: Int) -> Beacon {
            PeerComparisonTests.beacon("b", Array(repeating: 1, count: count))
        }
        func read(_ beacon: Beacon) throws -> Beacon {
            try Self.read(String(decoding: JSONDocument.encode(beacon), as: UTF8.self))
        }
        #expect(try read(beacon(60)).minutes.count == 60)
        #expect(throws: BeaconError.self) { try read(beacon(61)) }
    }
}
