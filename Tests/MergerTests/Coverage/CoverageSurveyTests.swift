import Shared
import TestSupport
import Testing

@testable import merger

struct CoverageSurveyTests {
    private let seed = Seed()

    private static let hours = PartitionSpan(
        first: WorldTime.partition(WorldTime.firstHour),
        last: WorldTime.partition(WorldTime.firstHour + 1))

    private func survey(
        _ site: MergeSite, _ span: PartitionSpan, now: Timestamp = .now
    ) async throws -> CoverageReport {
        try await CoverageSurvey(
            archive: try ArchiveReader(site.configuration()), span: span,
            rules: CoverageRules(deliveryLag: .seconds(3)), hasMinutes: true, now: now
        ).run()
    }

    @Test(arguments: 0..<(8 * Seed.effort))
    func `stretches tile the span and counts add up`(number: Int) async throws {
        var generator = SplitMix64(seed: seed.value &+ UInt64(number))
        let world = try World(&generator)
        try await MergeSite.with(world.dataset) { site in
            try site.add(world.stored)
            try await site.run()
            let span = generator.once(in: 2) ? Self.hours : PartitionSpan()
            let report = try await survey(site, span)
            let length = report.span.milliseconds
            for zone in report.zones {
                #expect(isTiled(zone.stretches, report.span), "\(seed)")
                let sum = zone.coveredMs + zone.recoveredMs + zone.gapMs + zone.unknownMs
                #expect(sum == length, "\(seed)")
                let all = report.sets.reduce(0) { $0 + $1.tweets }
                #expect(zone.tweets + zone.lacks == all, "\(seed)")
                #expect(zone.undelivered <= zone.exposed, "\(seed)")
                #expect(zone.undelivered + zone.otherSelection <= zone.lacks, "\(seed)")
            }
            #expect(isTiled(report.union.stretches, report.span), "\(seed)")
            #expect(report.union.msByZoneCount.reduce(0, +) == length, "\(seed)")
            let missing = report.union.gapMs + report.union.unknownMs
            #expect(report.union.gaps.reduce(0) { $0 + $1.milliseconds } == missing, "\(seed)")
            try check(report, against: world, span)
        }
    }

    @Test func `hours that have not happened yet are neither missed nor gaps`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            for (zone, lost) in [("a", Int64(7)), ("b", 5)] {
                var segment = SmallWorld.segment(
                    zone, seconds: 3000,
                    (1...290).filter { $0 % lost != 0 }.map { SmallWorld.post($0 * 10) })
                segment.connections = [
                    ZoneWorld.live("1", 0, 3_000_000, SegmentManifest.Cause.stopped)
                ]
                try site.add([try segment.stored()])
            }
            try await site.run()
            let hour = SmallWorld.hour.hoursSince1970
            let days = PartitionSpan(last: Partition(hoursSince1970: hour + 48))
            let known = try await survey(site, PartitionSpan())
            let estimate = try #require(known.estimate)
            #expect(estimate.missed.value > 1)
            for seconds in [3600, 200_000] as [Int64] {
                let now = SmallWorld.time(seconds)
                let asked = try await survey(site, days, now: now)
                #expect(asked.estimate?.missed == estimate.missed)
                #expect(asked.estimate?.blind == estimate.blind)
                #expect(asked.estimate?.completeness == estimate.completeness)
                let end = min(now, Partition(hoursSince1970: hour + 49).start)
                #expect(asked.span.to == end)
                #expect(asked.union.gaps.map(\.endTime) == [end])
            }
        }
    }

    @Test func `tweets that a recovered zone brought were not missed`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let posts = (1...290).map(Int64.init)
            for (zone, lost) in [("a", Int64(7)), ("b", 5)] {
                var segment = SmallWorld.segment(
                    zone, seconds: 3000,
                    posts.filter { $0 % lost != 0 }.map { SmallWorld.post($0 * 10) })
                segment.connections = [
                    ZoneWorld.live("1", 0, 3_000_000, SegmentManifest.Cause.stopped)
                ]
                try site.add([try segment.stored()])
            }
            try await site.run()
            // 35, 70, … 280: 8 of 290.
            let before = try #require(try await survey(site, PartitionSpan()).estimate)
            #expect(before.missed.low < 8 && 8 < before.missed.high)
            #expect(before.completeness.value < 98.5)
            var recovery = SmallWorld.segment(
                "c", start: 4000, seconds: 100, posts.map { SmallWorld.post($0 * 10) })
            recovery.connections = [
                ZoneWorld.live(
                    "1", 4_000_000, 4_100_000, SegmentManifest.Cause.recovered,
                    kind: .recovery, covers: (0, 3_000_000))
            ]
            try site.add([try recovery.stored()])
            try await site.run()
            let after = try #require(try await survey(site, PartitionSpan()).estimate)
            #expect(after.missed.low == 0)
            #expect(after.missed.value < 2)
            #expect(after.missed.high < before.missed.high - 6)
            #expect(after.completeness.high == 100)
        }
    }

    private func isTiled(
        _ stretches: [CoverageReport.Stretch], _ span: CoverageReport.Interval
    ) -> Bool {
        guard let first = stretches.first, let last = stretches.last else { return span.isEmpty }
        return first.from == span.from && last.to == span.to
            && stretches.allSatisfy { $0.from < $0.to }
            && zip(stretches, stretches.dropFirst()).allSatisfy { $0.to == $1.from }
    }

    /// Against the tables that the world itself says must be there.
    private func check(
        _ report: CoverageReport, against world: World, _ span: PartitionSpan
    ) throws {
        let answers = world.answers.filter { span.contains(WorldTime.partition($0.key)) }
        let tweets = answers.values.reduce(0) { $0 + ($1.tables["tweet"]?.count ?? 0) }
        #expect(report.sets.reduce(0) { $0 + $1.tweets } == tweets, "\(seed)")
        #expect(report.hours.reduce(0) { $0 + $1.tweets } == tweets, "\(seed)")
        let minutes = report.hours.flatMap { $0.minutes ?? [] }.joined()
        #expect(minutes.reduce(0) { $0 + $1.tweets } == tweets, "\(seed)")
        let canonical = answers.values.reduce(0) { $0 + $1.canonicalIDs.count }
        #expect(report.ledger.canonical == canonical, "\(seed)")
        #expect(report.ledger.isBalanced, "\(seed)")
        #expect(report.inputs.notMerged == 0, "\(seed)")
    }

    @Test func `a store without a manifest has nothing to report`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let report = try await survey(site, PartitionSpan())
            #expect(report.zones.isEmpty && report.hours.isEmpty)
            #expect(report.union.percent == 0 && report.union.gaps.isEmpty)
            let asked = try await survey(site, Self.hours)
            #expect(asked.union.gapMs == 2 * 3_600_000)
            #expect(asked.union.gaps.count == 1)
        }
    }
}
