import Shared
import TestSupport
import Testing

@testable import merger

/// A span is told from few manifests of an archive, and the whole of it from all.
struct CoveragePartsTests {
    private let seed = Seed()

    private static let hoursMax = 900
    /// Behind all of it, and so late that no run would list its days.
    private static let later = SmallWorld.time(Int64(hoursMax + 1000) * 3600)
    private static let rules = CoverageRules(deliveryLag: .seconds(7))

    private func stretches(
        _ site: MergeSite, _ first: Int64, hours: Int64, now: Timestamp = later
    ) async throws -> [CoverageReport.Stretch] {
        let start = SmallWorld.hour.hoursSince1970 + first
        let report = try await CoverageSurvey(
            archive: try ArchiveReader(site.configuration()),
            span: PartitionSpan(
                first: Partition(hoursSince1970: start),
                last: Partition(hoursSince1970: start + hours - 1)),
            rules: Self.rules, now: now
        ).run()
        return try #require(report.zones.first).stretches
    }

    private func wanted(
        _ manifests: [SegmentManifest], _ first: Int64, hours: Int64
    ) -> [CoverageReport.Stretch] {
        let span = ZoneWorld.interval(first * 3_600_000, (first + hours) * 3_600_000)
        return ZoneTimeline(ZoneWorld.zone, manifests, in: span, rules: Self.rules).stretches
    }

    @Test(arguments: 0..<(4 * Seed.effort))
    func `a part of the manifests tells as much of a span as all of them`(number: Int) async throws
    {
        var generator = SplitMix64(seed: seed.value &+ UInt64(number))
        let chain = try Self.chain(&generator)
        let others = try Self.others(&generator).map { try $0.stored() }
        let all = chain + others.map(\.manifest)
        try await MergeSite.with(SmallWorld.dataset) { site in
            for manifest in chain { try site.putManifest(manifest) }
            try site.add(others)
            try await site.run(at: Self.later)
            for _ in 0..<8 {
                let first = Int64(generator.below(Self.hoursMax)) - 100
                let hours = 1 + Int64(generator.below(generator.once(in: 2) ? 3 : 60))
                let found = try await stretches(site, first, hours: hours)
                #expect(found == wanted(all, first, hours: hours), "\(seed)")
            }
        }
    }

    /// Runs of a listener over a month, days apart or hours, with manifests that are missing.
    private static func chain(_ generator: inout SplitMix64) throws -> [SegmentManifest] {
        var manifests: [SegmentManifest] = []
        var hour: Int64 = 0
        for instance in "123456789" {
            var run = ZoneWorld.Run(instance)
            hour += Int64(generator.below(generator.once(in: 3) ? 200 : 4))
            for _ in 0..<1 + generator.below(30) {
                let isEnd = generator.once(in: 6)
                let start = hour * 3_600_000
                let id = "\(hour)-\(run.sequence)"
                run.segment(
                    start, start + 3_600_000,
                    ZoneWorld.live(id, start, start + 3_000_000, isEnd ? "reset" : nil))
                if generator.once(in: 8) { run.manifests.removeLast() }
                hour += 1
            }
            manifests += run.manifests
        }
        return manifests
    }

    /// Re-streams, adopted files, of which some follow another within seconds, and pipes.
    private static func others(_ generator: inout SplitMix64) throws -> [WorldSegment] {
        var segments: [WorldSegment] = []
        var end: Int64 = 0
        for instance in "abcdef" {
            let kind = generator.pick([.recovery, .claimed, .claimed, .piped] as [ConnectionKind])
            let isNext = generator.once(in: 3)
            let first =
                isNext ? end + Int64(generator.below(9)) : Int64(generator.below(hoursMax * 3600))
            let last = first + 60 + Int64(generator.below(generator.once(in: 2) ? 9000 : 400_000))
            end = last
            let times =
                [first]
                + (0..<generator.below(20)).map { _ in
                    first + Int64(generator.below(Int(last - first)))
                } + [last]
            let late = kind == .claimed ? 0 : Int64(generator.below(400 * 3600))
            let start = kind == .claimed ? first : last + late
            var segment = SmallWorld.segment(
                "a", start: start, seconds: max(1, last - start), instance: instance,
                Set(kind == .recovery ? Array(times.dropFirst().prefix(1)) : times).sorted().map {
                    SmallWorld.post($0)
                })
            let isWhole = generator.once(in: 2)
            segment.connections = [
                ZoneWorld.live(
                    "\(instance)", start * 1000, segment.end - SmallWorld.time(0).milliseconds,
                    isWhole ? SegmentManifest.Cause.recovered : "reset", kind: kind,
                    covers: kind == .piped && isWhole ? nil : (first * 1000, last * 1000))
            ]
            segments.append(segment)
        }
        return segments
    }

    /// The one live segment of the first hour, and another that was received so much later that a
    /// span between them has none of both near.
    private static func live() -> [SegmentManifest] {
        var run = ZoneWorld.Run("1")
        run.segment(0, 3_600_000, ZoneWorld.live("1", 0, 3_600_000))
        // Its manifest is missing, so that nobody knows what was connected.
        run.segment(3_600_000, 7_200_000)
        run.manifests.removeLast()
        run.segment(2_880_000_000, 2_883_600_000, ZoneWorld.live("2", 2_880_000_000, 2_883_600_000))
        return run.manifests
    }

    @Test func `an adopted file is no reason to call a gap what nobody knows`() async throws {
        let live = Self.live()
        let files = [200, 600].map { Self.file("a", $0 * 3600, $0 * 3600 + 600) }
        try await MergeSite.with(SmallWorld.dataset) { site in
            for manifest in live { try site.putManifest(manifest) }
            try site.add(files.map { try $0.stored() })
            try await site.run(at: Self.later)
            let found = try await stretches(site, 400, hours: 2)
            #expect(found.map(\.state) == [.unknown])
            #expect(found == wanted(live, 400, hours: 2))
        }
    }

    private static func file(_ instance: Character, _ first: Int64, _ last: Int64) -> WorldSegment {
        var file = SmallWorld.segment(
            "a", start: first, seconds: last - first, instance: instance,
            [SmallWorld.post(first), SmallWorld.post(last)])
        file.connections = [
            ZoneWorld.live(
                "f", first * 1000, last * 1000, "the end of the file", kind: .claimed,
                covers: (first * 1000, last * 1000))
        ]
        return file
    }

    @Test func `a file that follows one begun days before is in doubt at its end alone`()
        async throws
    {
        let border: Int64 = 100 * 3600
        let files = [
            Self.file("a", 10 * 3600, border - 3), Self.file("b", border + 1, border + 1000),
            // The nearest before the hour and its day.
            Self.file("c", 50 * 3600, 50 * 3600 + 60),
        ]
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(files.map { try $0.stored() })
            try await site.run(at: Self.later)
            let found = try await stretches(site, 100, hours: 1)
            #expect(
                found.map(ZoneWorld.text) == [
                    "360000000-360993000 recovered by claimed no listener",
                    "360993000-363600000 gap no listener",
                ])
        }
    }

    private static func recovery(received hour: Int64) -> WorldSegment {
        var recovery = SmallWorld.segment(
            "a", start: hour * 3600, seconds: 60, instance: "a", [SmallWorld.post(10)])
        recovery.connections = [
            ZoneWorld.live(
                "r", hour * 3_600_000, hour * 3_600_000 + 60_000,
                SegmentManifest.Cause.recovered, kind: .recovery, covers: (0, 36_000_000))
        ]
        return recovery
    }

    @Test func `a recovery of days later fills hours of which it brought nothing`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([try Self.recovery(received: 300).stored()])
            try await site.run(at: Self.later)
            #expect(try await stretches(site, 5, hours: 1).map(\.state) == [.recovered])
            #expect(try await stretches(site, 9, hours: 2).map(\.state) == [.recovered, .gap])
            // Ten hours that it covers, and its own.
            #expect(try await site.partitions().count == 11)
            #expect(try await site.audit(at: Self.later).isEmpty)
        }
    }

    @Test func `a recovery that waits for a run counts, and is named as not merged`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([try Self.recovery(received: 100).stored()])
            let hour = SmallWorld.hour.hoursSince1970
            let report = try await CoverageSurvey(
                archive: try ArchiveReader(site.configuration()),
                span: PartitionSpan(
                    first: Partition(hoursSince1970: hour + 5),
                    last: Partition(hoursSince1970: hour + 5)),
                rules: Self.rules, now: SmallWorld.time(110 * 3600)
            ).run()
            #expect(report.zones.map { $0.stretches.map(\.state) } == [[.recovered]])
            #expect(report.inputs.notMerged == 1)
        }
    }

    @Test(arguments: [(0, 32 * 24), (299, 360), (5, 5), (7, 5)] as [(Int64, Int64)])
    func `a recovery that cannot be belongs to the hours of its lines`(
        first: Int64, last: Int64
    ) throws {
        var recovery = Self.recovery(received: 300)
        recovery.connections[0].covers = SegmentManifest.ReceivedSpan(
            first: SmallWorld.time(first * 3600), last: SmallWorld.time(last * 3600))
        let manifest = try recovery.stored().manifest
        let hour = SmallWorld.hour.hoursSince1970
        #expect(manifest.partitions.map(\.hoursSince1970) == [hour, hour + 300])
    }
}
