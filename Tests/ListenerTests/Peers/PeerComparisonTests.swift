import Shared
import TestSupport
import Testing

@testable import listener

struct PeerComparisonTests {
    private static let now = SampleStream.start

    /// What a zone has in the minutes that end `minutesBack` minutes ago, the last one last.
    static func beacon(
        _ zone: String, _ records: [Int], selection: String? = "s", stream: String = "default",
        at time: Timestamp = now, minutesBack: Int = 0
    ) -> Beacon {
        Beacon(
            stream: stream, zone: SampleStream.zone(zone), instance: .random(),
            selection: selection, at: time, connected: true,
            minutes: records.enumerated().map { place, count in
                let back = records.count - place + minutesBack
                return Beacon.Minute(
                    minute: now.advanced(by: .seconds(-60 * back)), records: count)
            })
    }

    private func compare(_ own: Beacon, _ peer: Beacon) -> [Int]? {
        PeerComparison(own, with: peer).map { [$0.minutes, $0.ours, $0.theirs] }
    }

    @Test func `a zone that sees less than half is partial, and half is not`() throws {
        let peer = Self.beacon("b", [100, 100, 100])
        let half = try #require(PeerComparison(Self.beacon("a", [50, 50, 50]), with: peer))
        let less = try #require(PeerComparison(Self.beacon("a", [50, 50, 49]), with: peer))
        #expect(!half.isPartial)
        #expect(less.isPartial)
        #expect("\(less)" == "149 records in 3 minutes, zone b 300: 49 % of it")
    }

    @Test func `a zone that sees nothing is partial, and one that sees more is not`() throws {
        let peer = Self.beacon("b", [100, 100, 100])
        #expect(try #require(PeerComparison(Self.beacon("a", [0, 0, 0]), with: peer)).isPartial)
        #expect(try #require(PeerComparison(Self.beacon("a", [900, 0, 0]), with: peer)).share == 3)
    }

    @Test func `two minutes do not tell, and 99 records do not`() {
        #expect(compare(Self.beacon("a", [0, 0]), Self.beacon("b", [900, 900])) == nil)
        #expect(compare(Self.beacon("a", [0, 0, 0]), Self.beacon("b", [33, 33, 33])) == nil)
        #expect(
            compare(Self.beacon("a", [0, 0, 0]), Self.beacon("b", [33, 33, 34])) == [3, 0, 100])
    }

    @Test func `as few of the latest minutes are compared as can tell`() {
        let own = Self.beacon("a", [9, 1, 1, 1, 1, 1])
        #expect(compare(own, Self.beacon("b", [0, 70, 25, 25, 25, 25])) == [4, 4, 100])
        #expect(compare(own, Self.beacon("b", [0, 0, 0, 500, 500, 500])) == [3, 3, 1500])
    }

    @Test func `only minutes that both have are compared`() {
        let own = Self.beacon("a", [100, 100, 100, 100], minutesBack: 2)
        let peer = Self.beacon("b", [200, 200, 200, 200, 200])
        #expect(compare(own, peer) == [3, 300, 600])
        #expect(compare(own, Self.beacon("b", [200, 200, 200, 200])) == nil)
    }

    @Test func `a zone that asks for other posts, or for what nobody knows, is not compared`() {
        let own = Self.beacon("a", [1, 1, 1])
        let records = [100, 100, 100]
        #expect(compare(own, Self.beacon("b", records)) != nil)
        #expect(compare(own, Self.beacon("b", records, selection: "t")) == nil)
        #expect(compare(own, Self.beacon("b", records, selection: nil)) == nil)
        #expect(compare(own, Self.beacon("b", records, stream: "other")) == nil)
        #expect(compare(own, Self.beacon("a", records)) == nil)
        let unknown = Self.beacon("a", [1, 1, 1], selection: nil)
        #expect(compare(unknown, Self.beacon("b", records, selection: nil)) == nil)
    }

    @Test func `a beacon that is five minutes old is compared, and an older one is not`() {
        let own = Self.beacon("a", [1, 1, 1])
        for (age, isCompared) in [(300, true), (301, false), (-300, true), (-301, false)] {
            let peer = Self.beacon(
                "b", [100, 100, 100], at: Self.now.advanced(by: .seconds(-age)))
            #expect((compare(own, peer) != nil) == isCompared, "\(age) s")
        }
    }

    @Test func `the zone beside which least is seen decides`() throws {
        let own = Self.beacon("a", [60, 60, 60])
        let peers = [
            Self.beacon("b", [100, 100, 100]), Self.beacon("c", [200, 200, 200]),
            Self.beacon("d", [1, 1, 1]), Self.beacon("e", [900, 900, 900], selection: "t"),
        ]
        let found = try #require(PeerComparison.worst(own, among: peers))
        #expect(found.worst.zone.name == "c")
        #expect(found.compared == 2)
        #expect(PeerComparison.worst(own, among: []) == nil)
    }
}
