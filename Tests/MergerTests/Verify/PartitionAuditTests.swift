import Shared
import TestSupport
import Testing

@testable import merger

struct PartitionAuditTests {
    private let segments = [
        SmallWorld.segment(
            "a", [SmallWorld.post(10), SmallWorld.post(20), .delete(SmallWorld.id(20))]),
        SmallWorld.segment(
            "b", instance: "2", [SmallWorld.post(20), SmallWorld.post(30), WorldLine.unreadable[1]]),
    ]

    /// The problems that an audit finds after `damage`.
    private func audit(_ damage: (MergeSite, String) throws -> Void) async throws -> [String] {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            try await site.run()
            try damage(site, site.store.localPath(of: StoreLayout.index(SmallWorld.hour)))
            let archive = try await ArchiveReader(site.configuration())
            let index = try #require(try await archive.index(of: SmallWorld.hour))
            let catalog = SegmentCatalog(cache: archive.cache, dataset: archive.dataset)
            let listing = try await catalog.list(isFull: true, now: .now)
            var audit = PartitionAudit(
                index, archive, DeletionSweep(schedule: .daily, now: .now))
            try await audit.run(listing.manifests)
            return audit.problems
        }
    }

    @Test func `what a run made has no problems`() async throws {
        #expect(try await audit { _, _ in } == [])
    }

    @Test(arguments: [
        "UPDATE segment SET records = records + 1 WHERE number = 0",
        "UPDATE segment SET sha256 = 'ab' WHERE number = 0",
        "UPDATE segment SET elsewhere = 7 WHERE number = 1",
        "DELETE FROM notice", "DELETE FROM quarantine", "DELETE FROM deletion",
        "DELETE FROM tweet WHERE id = (SELECT max(id) FROM tweet)",
        "UPDATE tweet SET id = id + 1 WHERE id = (SELECT min(id) FROM tweet)",
        "UPDATE tweet SET zones = 2 WHERE segment = 0",
        "UPDATE partition SET count = 9", "UPDATE partition SET rawSHA256 = 'x'",
        "UPDATE partition SET objectSHA256 = 'x'", "UPDATE member SET crc32 = 1",
        "UPDATE member SET lines = 9",
        "INSERT INTO tweet VALUES (1, 1, 0, 1, 1)",
        "DELETE FROM segment WHERE number = 1",
    ])
    func `an index that says something else is found out`(change: String) async throws {
        let problems = try await audit { _, path in
            _ = try Shell.python(
                """
                import sqlite3
                base = sqlite3.connect("\(path)")
                base.execute("\(change)")
                base.commit()
                """)
        }
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { $0.hasPrefix("partition 2026-11-22T18: ") })
    }

    @Test func `a canonical object that is gone or another one is found out`() async throws {
        let key = StoreLayout.canonical(SmallWorld.hour)
        #expect(try await audit { site, _ in try site.remove(key) }.count == 1)
        #expect(try await audit { site, _ in try site.put([1], at: key) }.count == 1)
    }

    @Test func `a segment that is not merged yet, and one that lost its manifest, are found`()
        async throws
    {
        let late = SmallWorld.segment("c", instance: "3", [SmallWorld.post(50)])
        #expect(
            try await audit { site, _ in try site.add([late.stored()]) }
                == ["partition 2026-11-22T18: segment \(late.reference) is not merged yet"])
        let gone = segments[0]
        #expect(
            try await audit { site, _ in
                try site.remove(StoreLayout.manifest(gone.name, of: gone.zone))
            } == [
                "partition 2026-11-22T18: segment \(gone.reference): is admitted and has no manifest"
            ])
    }
}
