import Shared
import TestSupport
import Testing

@testable import merger

struct CoverageManifestsTests {
    /// More than are held whole at once.
    private static let count: Int64 = 300

    /// A segment a minute, with two arrivals, two members and a connection each.
    private func minutes() throws -> [SegmentManifest] {
        try (0..<Self.count).map { minute in
            let start = minute * 60
            var segment = SmallWorld.segment(
                "a", start: start, seconds: 60, sequence: Int(minute), memberLines: 1,
                [SmallWorld.post(start), SmallWorld.post(start + 1)])
            segment.batches.insert(
                .init(time: SmallWorld.time(start + 30).milliseconds, lines: []), at: 0)
            segment.batches[0].lines.append(segment.batches[1].lines.removeFirst())
            var manifest = try segment.stored().manifest
            manifest.connections = [
                ZoneWorld.live("\(minute)", start * 1000, (start + 50) * 1000, "reset")
            ]
            return manifest
        }
    }

    private var span: CoverageReport.Interval { ZoneWorld.interval(0, Self.count * 60_000) }

    private func outlines(of manifests: [SegmentManifest]) async throws -> CoverageManifests {
        try await MergeSite.with(SmallWorld.dataset) { site in
            for manifest in manifests { try site.putManifest(manifest) }
            let archive = try await ArchiveReader(site.configuration())
            return try await CoverageCatalog(
                archive: archive, deliveryLag: CoverageRules.deliveryLagDefault, now: .now
            ).outlines(of: span, naming: [])
        }
    }

    @Test func `outlines tell as much of a span as the whole manifests`() async throws {
        let minutes = try minutes()
        let found = try await outlines(of: minutes)
        #expect(found.problems.isEmpty)
        #expect(found.manifests.map(\.sequence) == Array(0..<Int(Self.count)))
        #expect(minutes.allSatisfy { $0.arrivals.count == 2 && $0.members.count == 2 })
        #expect(found.manifests.allSatisfy { $0.arrivals.isEmpty && $0.members.isEmpty })
        #expect(
            ZoneTimeline(ZoneWorld.zone, found.manifests, in: span).stretches
                == ZoneTimeline(ZoneWorld.zone, minutes, in: span).stretches)
    }

    @Test func `the digest of an outline is that of the whole manifest`() async throws {
        let minutes = try minutes()
        let found = try await outlines(of: minutes)
        #expect(found.digests == minutes.map { ContentDigest(of: $0.encoded()) })
    }

    @Test func `what is no manifest is named beside the outlines of others`() async throws {
        var manifests = try minutes()
        manifests[280].stream = "other"
        let found = try await outlines(of: manifests)
        #expect(found.manifests.count == Int(Self.count) - 1)
        #expect(found.problems.count == 1)
    }
}
