import Shared
import TestSupport
import Testing

@testable import merger

struct PartitionAuditTests {
    private let segments: [WorldSegment] = {
        var first = SmallWorld.segment(
            "a", [SmallWorld.post(10), SmallWorld.post(20), .delete(SmallWorld.id(20))])
        first.connections = [
            SegmentManifest.ConnectionFacts(
                id: "x-1", from: SmallWorld.time(3), to: SmallWorld.time(200), kind: .live)
        ]
        let second = SmallWorld.segment(
            "b", instance: "2",
            [SmallWorld.post(20, "other"), SmallWorld.post(30), WorldLine.unreadable[1]])
        return [first, second]
    }()

    /// The problems that an audit finds after `damage`.
    private func audit(
        _ damage: (MergeSite, String) async throws -> Void
    ) async throws -> [String] {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            try await site.run()
            try await damage(site, site.store.localPath(of: StoreLayout.index(SmallWorld.hour)))
            let archive = try await ArchiveReader(site.configuration())
            let index = try #require(try await archive.index(of: SmallWorld.hour))
            let catalog = SegmentCatalog(cache: archive.cache, dataset: archive.dataset)
            let listing = try await catalog.list(isFull: true, now: .now)
            let scratch = try Scratch(root: site.directory.file("scratch"))
            var audit = PartitionAudit(
                index, archive, DeletionSweep(schedule: .daily, now: .now), scratch)
            try await audit.run(listing.manifests)
            return audit.problems + audit.unmergedProblems
        }
    }

    @Test func `what a run made has no problems`() async throws {
        #expect(try await audit { _, _ in } == [])
    }

    @Test func `63 zones are as sound as two`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let zones = (0..<63).map { SmallWorld.segment("z\($0)", [SmallWorld.post(10)]) }
            try site.add(zones.map { try $0.stored() })
            try await site.run()
            #expect(try await site.audit() == [])
        }
    }

    private static let changes = [
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
        "UPDATE segment SET zone = 1 - zone", "UPDATE segment SET number = number + 5",
        "UPDATE zone SET name = 'c' WHERE bit = 1", "INSERT INTO zone VALUES (2, 'c')",
        "UPDATE notice SET at = at + 1", "UPDATE notice SET kind = 'limit'",
        "UPDATE notice SET id = id + 1", "UPDATE notice SET line = 1",
        "UPDATE notice SET line = 99", "UPDATE notice SET json = '{}'",
        "UPDATE notice SET segment = 1", "INSERT INTO notice VALUES (1, 3, 'limit', NULL, 0, '{}')",
        "UPDATE deletion SET at = at - 1", "UPDATE deletion SET line = 1",
        "UPDATE deletion SET segment = 1", "UPDATE deletion SET id = id + 1",
        "INSERT INTO deletion VALUES (5, 1, 0, 3)",
        "UPDATE quarantine SET reason = 'not JSON'", "UPDATE quarantine SET content = x'00'",
        "UPDATE quarantine SET bytes = 3", "UPDATE quarantine SET line = 1",
        "UPDATE divergence SET digest = digest + 1", "UPDATE divergence SET zones = 1",
        "UPDATE divergence SET zones = 4", "UPDATE divergence SET line = 3 WHERE segment = 1",
        "DELETE FROM divergence WHERE segment = 1", "UPDATE divergence SET id = id + 1",
        "UPDATE tweet SET line = 3 WHERE id = (SELECT min(id) FROM tweet)",
        "UPDATE tweet SET line = 2 WHERE id = (SELECT min(id) FROM tweet)",
        "UPDATE tweet SET segment = 7 WHERE id = (SELECT min(id) FROM tweet)",
        "UPDATE tweet SET zones = 9", "UPDATE tweet SET zones = 0", "UPDATE tweet SET zones = 3",
        "UPDATE tweet SET digest = 1", "DELETE FROM tweet",
        "DELETE FROM connection", "UPDATE connection SET kind = 'backfill'",
        "UPDATE connection SET first = first + 1", "UPDATE connection SET cause = 'x'",
        "UPDATE connection SET id = 'y'", "UPDATE connection SET segment = 1",
        "INSERT INTO connection VALUES (1, 'x', 0, 1, 'live', NULL, NULL, NULL)",
        "DELETE FROM member", "UPDATE member SET offset = 1", "UPDATE member SET bytes = bytes - 1",
        "UPDATE member SET raw = raw + 1", "UPDATE member SET firstID = firstID + 1",
        "UPDATE member SET lastID = lastID + 1",
        "INSERT INTO member VALUES (1, 999, 1, 1, 0, NULL, NULL, 0)",
        "UPDATE partition SET honoursDeletions = 0", "UPDATE partition SET rawBytes = 1",
        "UPDATE partition SET objectBytes = 1",
    ]

    @Test func `an index that says something else is found out`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            try await site.run()
            let archive = try await ArchiveReader(site.configuration())
            let scratch = try Scratch(root: site.directory.file("scratch"))
            let manifests = try segments.map { try $0.stored().manifest }
            let original = try site.bytes(of: StoreLayout.index(SmallWorld.hour))
            for change in Self.changes {
                let path = site.directory.file("changed.sqlite")
                try LocalFile.replace(path).write(original)
                let database = try Database(path, .update)
                try database.run(change)
                #expect(try database.integer("SELECT changes()") ?? 0 > 0, "\(change)")
                var audit = PartitionAudit(
                    try PartitionIndex(path, of: SmallWorld.hour), archive,
                    DeletionSweep(schedule: .daily, now: .now), scratch)
                try await audit.run(manifests)
                let problems = audit.problems + audit.unmergedProblems
                #expect(!problems.isEmpty, "\(change)")
                #expect(problems.allSatisfy { $0.hasPrefix("partition 2026-11-22T18: ") })
            }
        }
    }

    /// Puts the record of a deleted tweet back, with every digest, count and member made to fit.
    private func putBack(_ site: MergeSite, _ path: String, _ further: String) async throws {
        var dataset = SmallWorld.dataset
        dataset.deletions = .ignore
        try await MergeSite.with(dataset) { other in
            try other.add(segments.map { try $0.stored() })
            try await other.run()
            let key = StoreLayout.canonical(SmallWorld.hour)
            try site.put(other.bytes(of: key), at: key)
            let index = other.store.localPath(of: StoreLayout.index(SmallWorld.hour))
            _ = try Shell.python(
                """
                import sqlite3
                base = sqlite3.connect("\(path)")
                base.execute("ATTACH '\(index)' AS other")
                base.executescript('''
                    DELETE FROM member; INSERT INTO member SELECT * FROM other.member;
                    DELETE FROM partition; INSERT INTO partition SELECT * FROM other.partition;
                    UPDATE partition SET honoursDeletions = 1;
                    \(further)
                ''')
                base.commit()
                """)
        }
    }

    @Test func `a record of a deleted tweet that was put back is found out`() async throws {
        let id = SmallWorld.id(20)
        #expect(
            try await audit { try await putBack($0, $1, "") }.contains(
                "partition 2026-11-22T18: tweet \(id) is deleted, and its record is in the "
                    + "canonical object"))
        #expect(
            try await audit { try await putBack($0, $1, "DELETE FROM deletion;") } == [
                "partition 2026-11-22T18: 1 notices of deletion that table deletion does not have"
            ])
        // Then the line itself is missed.
        #expect(
            try await !audit {
                try await putBack($0, $1, "DELETE FROM deletion; DELETE FROM notice;")
            }.isEmpty)
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
