import Shared
import TestSupport
import Testing

@testable import merger

struct PartitionRebuildTests {
    private let segments = [
        SmallWorld.segment(
            "a", [SmallWorld.post(10), SmallWorld.post(20), .delete(SmallWorld.id(20))]),
        SmallWorld.segment(
            "b", instance: "2",
            [SmallWorld.post(20, "other"), SmallWorld.post(30), WorldLine.unreadable[1]]),
    ]

    private func differences(_ change: String?) async throws -> [String] {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            try await site.run()
            let path = site.store.localPath(of: StoreLayout.index(SmallWorld.hour))
            if let change {
                _ = try Shell.python(
                    """
                    import sqlite3
                    base = sqlite3.connect("\(path)")
                    assert base.execute("\(change)").rowcount > 0
                    base.commit()
                    """)
            }
            let archive = try await ArchiveReader(site.configuration())
            let index = try #require(try await archive.index(of: SmallWorld.hour))
            let scratch = try Scratch(root: site.directory.file("scratch"))
            let rebuild = PartitionRebuild(
                dataset: archive.dataset,
                depot: SegmentDepot(store: site.store, directory: scratch.directory),
                scratch: scratch, memoryBytes: 1 << 20)
            return try await rebuild.run(index, segments.map { try $0.stored().manifest })
        }
    }

    @Test func `what a run made is what the segments give`() async throws {
        #expect(try await differences(nil) == [])
    }

    @Test(arguments: [
        "UPDATE tweet SET zones = 3 WHERE id = (SELECT min(id) FROM tweet)",
        "UPDATE tweet SET line = line + 1 WHERE id = (SELECT max(id) FROM tweet)",
        "UPDATE tweet SET segment = 1 - segment WHERE id = (SELECT min(id) FROM tweet)",
        "UPDATE divergence SET digest = digest + 1", "DELETE FROM divergence",
        "UPDATE notice SET at = at + 1", "UPDATE notice SET json = json || ' '",
        "UPDATE deletion SET at = at - 1", "UPDATE quarantine SET content = x'00'",
        "UPDATE zone SET name = 'c' WHERE bit = 1", "UPDATE segment SET last = last + 1",
        "INSERT INTO notice VALUES (0, 99, 'limit', NULL, 0, '{}')",
        "INSERT INTO connection VALUES (0, 'x', 0, 1, 'live', NULL, NULL, NULL)",
    ])
    func `a row that the segments do not give is found`(change: String) async throws {
        let found = try await differences(change)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.hasPrefix("partition 2026-11-22T18: table ") })
    }

    @Test func `an hour of which segments have expired is left out`() async throws {
        #expect(
            try await differences("UPDATE segment SET state = 'expired' WHERE number = 0") == [])
    }
}
