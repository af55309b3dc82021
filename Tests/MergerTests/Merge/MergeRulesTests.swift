import Shared
import TestSupport
import Testing

@testable import merger

/// Single rules of how copies are merged, each with an example small enough to be checked by eye.
struct MergeRulesTests {
    private let hour = SmallWorld.hour

    private func merge(
        _ batches: [WorldSegment]..., dataset: Dataset = SmallWorld.dataset,
        _ body: (MergeSite) async throws -> Void
    ) async throws {
        try await MergeSite.with(dataset) { site async throws in
            for batch in batches {
                try site.add(batch.map { try $0.stored() })
                #expect(try await site.run().problems.isEmpty)
            }
            try await body(site)
        }
    }

    private func ranking(_ zones: String...) -> Dataset {
        var dataset = SmallWorld.dataset
        dataset.zones = zones.map { SampleStream.zone($0) }
        return dataset
    }

    private func canonical(_ site: MergeSite) throws -> [String] {
        let path = site.store.localPath(of: StoreLayout.canonical(hour))
        return try SegmentCheck.lines(path).map { String(decoding: $0, as: UTF8.self) }
    }

    private func text(_ line: WorldLine) -> String { String(decoding: line.bytes, as: UTF8.self) }

    private func sighting(_ site: MergeSite, second: Int64) throws -> Sighting? {
        try site.index(of: hour).sighting(of: try #require(TweetID(SmallWorld.id(second))))
    }

    // MARK: The winner

    private let a = SmallWorld.segment(
        "a", start: 100, [SmallWorld.post(10, "one", rule: "a")])
    private let b = SmallWorld.segment(
        "b", start: 0, instance: "2", [SmallWorld.post(10, "one", rule: "b")])

    @Test func `of zones that are not listed the first by name wins, whoever was earlier`()
        async throws
    {
        for batches in [([a], [b]), ([b], [a]), ([a, b], [])] {
            try await merge(batches.0, batches.1) { site async throws in
                #expect(try canonical(site) == [text(a.lines[0])])
                #expect(try sighting(site, second: 10)?.zones.map(\.name) == ["a", "b"])
            }
        }
    }

    @Test func `a listed zone wins over one that sorts before it`() async throws {
        for batches in [([a], [b]), ([b], [a])] {
            try await merge(batches.0, batches.1, dataset: ranking("b")) { site async throws in
                #expect(try canonical(site) == [text(b.lines[0])])
                #expect(try sighting(site, second: 10)?.zones.map(\.name) == ["b", "a"])
                #expect(try sighting(site, second: 10)?.segment == b.key)
            }
        }
    }

    @Test func `within a zone the segment that was begun first wins, then the first line`()
        async throws
    {
        let early = SmallWorld.segment(
            "a", start: 5, instance: "f",
            [.limit(1), SmallWorld.post(10, "early"), SmallWorld.post(10, "early again")])
        for batches in [([a], [early]), ([early], [a])] {
            try await merge(batches.0, batches.1) { site async throws in
                #expect(try canonical(site) == [text(early.lines[1])])
                #expect(try sighting(site, second: 10)?.line == 2)
                #expect(try sighting(site, second: 10)?.versions == 3)
            }
        }
    }

    @Test func `zones keep their meaning when one that sorts first comes later`() async throws {
        let zones = ["m", "z", "a", "k"]
        let segments = zones.enumerated().map { number, zone in
            SmallWorld.segment(
                zone, instance: Character("\(number)"),
                [SmallWorld.post(10), SmallWorld.post(Int64(20 + number))])
        }
        try await merge([segments[0]], [segments[1]], [segments[2]], [segments[3]]) {
            site async throws in
            #expect(try sighting(site, second: 10)?.zones.map(\.name) == ["a", "k", "m", "z"])
            for (number, zone) in zones.enumerated() {
                let seen = try sighting(site, second: Int64(20 + number))?.zones
                #expect(seen?.map(\.name) == [zone])
            }
        }
    }

    // MARK: Divergence

    @Test func `copies that differ in rule ids alone do not diverge`() async throws {
        try await merge([a, b]) { site async throws in
            #expect(try sighting(site, second: 10)?.versions == 1)
            #expect(
                try site.index(of: hour).database.integer("SELECT count(*) FROM divergence") == 0)
        }
    }

    @Test func `each version has a row with its zones and its first copy`() async throws {
        let c = SmallWorld.segment(
            "c", instance: "3", [.limit(1), SmallWorld.post(10, "two"), SmallWorld.post(10, "one")])
        let d = SmallWorld.segment("d", instance: "4", [SmallWorld.post(10, "two")])
        for batches in [([a, b], [c, d]), ([d], [c, a, b]), ([c], [d, b, a])] {
            try await merge(batches.0, batches.1) { site async throws in
                let rows = try IndexDump(site.index(of: hour)).tables["divergence"] ?? []
                // The digests themselves are the model's to check.
                let facts = rows.map {
                    $0.split(separator: "|").dropFirst(2).joined(separator: " ")
                }
                #expect(Set(facts) == ["a b c \(a.key) 1", "c d \(c.key) 2"])
                #expect(try sighting(site, second: 10)?.versions == 2)
            }
        }
    }

    // MARK: Deletions

    private let deleting = SmallWorld.segment(
        "b", instance: "2", [.delete(SmallWorld.id(10)), .delete(SmallWorld.id(77))])
    private let posting = SmallWorld.segment("a", [SmallWorld.post(10), SmallWorld.post(20)])

    @Test func `a deleted tweet is left out, before or after its copy, and stays in the index`()
        async throws
    {
        for batches in [
            ([deleting], [posting]), ([posting], [deleting]), ([posting, deleting], []),
        ] {
            try await merge(batches.0, batches.1) { site async throws in
                #expect(try canonical(site) == [text(posting.lines[1])])
                #expect(try sighting(site, second: 10)?.isDeleted == true)
                #expect(try sighting(site, second: 20)?.isDeleted == false)
                #expect(try sighting(site, second: 77) == nil)
                let total = try site.index(of: hour).ledgers().reduce(Ledger()) { $0 + $1.ledger }
                #expect(
                    total == Ledger(lines: 4, canonical: 1, notices: 2, deleted: 1))
            }
        }
    }

    @Test func `where deletions are ignored they are recorded and change nothing`() async throws {
        var dataset = SmallWorld.dataset
        dataset.deletions = .ignore
        try await merge([deleting], [posting], dataset: dataset) { site async throws in
            #expect(try canonical(site) == posting.lines.map { text($0) })
            #expect(try sighting(site, second: 10)?.isDeleted == true)
            let total = try site.index(of: hour).ledgers().reduce(Ledger()) { $0 + $1.ledger }
            #expect(total == Ledger(lines: 4, canonical: 2, notices: 2))
        }
    }

    @Test func `a deletion of another hour takes effect there`() async throws {
        let late = SmallWorld.segment(
            "b", start: 7200, instance: "2", [.delete(SmallWorld.id(10))])
        try await merge([posting], [late]) { site async throws in
            #expect(try canonical(site) == [text(posting.lines[1])])
            let home = WorldTime.partition(WorldTime.firstHour + 2)
            let total = try site.index(of: home).ledgers().reduce(Ledger()) { $0 + $1.ledger }
            #expect(total == Ledger())
            #expect(try site.index(of: home).segments().map(\.elsewhere) == [1])
        }
    }

    // MARK: Hours

    @Test func `the first and the last id of an hour belong to it`() async throws {
        let start = hour.start.milliseconds
        let next = WorldTime.id(at: start + WorldTime.hourMs)
        let ids = [WorldTime.id(at: start) - 1, WorldTime.id(at: start), next - 1, next]
        let segment = SmallWorld.segment("a", ids.map { .legacyPost($0, "border") })
        try await merge([segment]) { site async throws in
            #expect(try canonical(site) == [text(segment.lines[1]), text(segment.lines[2])])
            for (offset, line) in [(Int64(-1), 0), (1, 3)] {
                let partition = WorldTime.partition(WorldTime.firstHour + offset)
                let path = site.store.localPath(of: StoreLayout.canonical(partition))
                #expect(try SegmentCheck.lines(path) == [segment.lines[line].bytes])
            }
        }
    }

    @Test func `ids from before snowflakes are all in the first hour of the scheme`() async throws {
        let segment = SmallWorld.segment(
            "a", [.legacyPost(29_700_859_247, "y"), .legacyPost(20, "x")])
        try await merge([segment]) { site async throws in
            let old = try #require(Partition("2010-11-04T01"))
            #expect(try await site.partitions() == [old, hour])
            let path = site.store.localPath(of: StoreLayout.canonical(old))
            #expect(
                try SegmentCheck.lines(path) == [segment.lines[1].bytes, segment.lines[0].bytes])
        }
    }

    @Test(arguments: [(24, true), (25, false)])
    func `an id is plausible up to 24 hours ahead`(hours: Int64, isPlausible: Bool) async throws {
        let id = WorldTime.id(at: hour.start.milliseconds + hours * WorldTime.hourMs)
        let segment = SmallWorld.segment("a", [.legacyPost(id, "ahead")])
        try await merge([segment]) { site async throws in
            let row = try #require(try site.index(of: hour).segments().first)
            #expect(row.quarantined == (isPlausible ? 0 : 1))
            #expect(row.elsewhere == (isPlausible ? 1 : 0))
            #expect(try await site.partitions().count == (isPlausible ? 2 : 1))
        }
    }

    @Test func `more zones than a mask has bits are refused and nothing is written`() async throws {
        let segments = (0...63).map { SmallWorld.segment("z\($0)", [SmallWorld.post(10)]) }
        try await MergeSite.with(SmallWorld.dataset) { site async throws in
            try site.add(segments.dropLast().map { try $0.stored() })
            #expect(try await site.run().problems.isEmpty)
            #expect(try sighting(site, second: 10)?.zones.count == 63)
            try site.add([segments[63].stored()])
            let report = try await site.run()
            #expect(report.problems.map { ($0 as? MergeError)?.code } == [.tooManyZones])
            #expect(try sighting(site, second: 10)?.zones.count == 63)
        }
    }
}
