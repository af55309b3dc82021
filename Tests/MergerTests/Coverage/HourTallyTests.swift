import Shared
import TestSupport
import Testing

@testable import merger

/// One hour of three zones; a and b asked for the same, c for something else. All are connected from
/// 10:00 to 20:00 minutes, a and b also from 30:00 to 31:30.
struct HourTallyTests {
    private static let minute: Int64 = 60_000

    private func timeline(
        _ zone: String, _ selection: String, _ spans: [(Int64, Int64)]
    ) -> ZoneTimeline {
        var run = ZoneWorld.Run()
        run.selection = selection
        run.manifests = []
        for (from, to) in spans {
            // The doubt of the clock is taken off again.
            let (first, last) = (from - 1000, to + 1000)
            run.segment(first, last, ZoneWorld.live("\(from)", first, last, "reset"))
        }
        return ZoneTimeline(
            SampleStream.zone(zone), run.manifests,
            in: CoverageReport.Interval(from: SmallWorld.hour.start, to: SmallWorld.hour.end),
            rules: CoverageRules(deliveryLag: .zero))
    }

    private func tally(
        _ posts: [(second: Int64, zones: String)]
    ) async throws -> HourTally {
        let minute = Self.minute
        let all = [(10 * minute, 20 * minute)]
        let some = all + [(30 * minute, 31 * minute + 30_000)]
        let timelines = [
            timeline("a", "s", some), timeline("b", "s", some), timeline("c", "t", all),
        ]
        return try await MergeSite.with(SmallWorld.dataset) { site in
            for (zone, instance) in zip("abc", "123") {
                let lines = posts.filter { $0.zones.contains(zone) }.map {
                    SmallWorld.post($0.second)
                }
                try site.add([
                    SmallWorld.segment("\(zone)", seconds: 3599, instance: instance, lines)
                        .stored()
                ])
            }
            try await site.run()
            return try HourTally(
                CoverageGrid(SmallWorld.hour, timelines), site.index(of: SmallWorld.hour),
                zones: timelines.map(\.zone), span: timelines[0].span)
        }
    }

    @Test func `only what a zone of the same selection saw is loss`() async throws {
        let tally = try await tally([
            // Nobody is connected.
            (5, "a"), (599, "ab"),
            (600, "ab"), (601, "a"), (602, "ac"), (603, "c"), (604, "abc"),
            // c is not connected.
            (1800, "a"), (1801, "ab"), (1889, "b"),
            (1890, "b"),
        ])
        let found = tally.exposures.map { [$0.exposed, $0.undelivered, $0.otherSelection] }
        // a: 600, 604, 1801, 1889 by b, and 603 by c alone. b: 600, 601, 602, 604, 1800, 1801.
        #expect(found == [[4, 1, 1], [6, 3, 1], [0, 0, 2]])
        #expect(tally.sets == [1: 3, 3: 3, 5: 1, 4: 1, 7: 1, 2: 2])
        #expect(tally.minutes[10] == [1: 1, 3: 1, 5: 1, 4: 1, 7: 1])
        #expect(tally.minutes[31] == [2: 2])
    }

    @Test func `strata are the minutes of zones that can be compared, in order`() async throws {
        let tally = try await tally([
            (600, "ab"), (603, "c"), (604, "abc"), (1889, "b"), (1891, "b"),
        ])
        let strata = tally.strata.map { stratum in
            let counts = stratum.counts.sorted { $0.key < $1.key }
            return "\(stratum.connected) \(stratum.milliseconds) "
                + "\(counts.map { "\($0.key):\($0.value)" })"
        }
        // What c alone saw was asked for by nobody else.
        #expect(strata[0] == "0 600000 []")
        #expect(strata[1] == "3 60000 [\"3:2\"]")
        #expect(strata[10] == "3 60000 []")
        #expect(strata[11] == "0 600000 []")
        #expect(strata[13] == "3 30000 [\"2:1\"]")
        // The last manifest ends at 31:31. Nobody was connected, and the tweet was not missed.
        #expect(strata[14] == "0 1000 []")
        #expect(strata[15] == "0 29000 [\"2:1\"]")
        #expect(tally.strata.reduce(0) { $0 + $1.milliseconds } == 60 * Self.minute)
    }
}
