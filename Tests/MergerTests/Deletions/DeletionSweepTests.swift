import Shared
import TestSupport
import Testing

@testable import merger

struct DeletionSweepTests {
    private let hour = SmallWorld.hour
    private let post = SmallWorld.segment("a", [SmallWorld.post(10), SmallWorld.post(20)])

    /// Begun on 2026-11-22 at 20:00, two hours behind the hour of the posts.
    private func notices(_ lines: [WorldLine]) -> WorldSegment {
        SmallWorld.segment("b", start: 7200, instance: "2", lines)
    }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    private func defers(
        _ segments: [WorldSegment], at now: String, _ schedule: DeletionSweep.Schedule = .daily
    ) throws -> Bool {
        let sweep = DeletionSweep(schedule: schedule, now: try time(now))
        return sweep.defers(try segments.map { try $0.stored().manifest }, in: hour)
    }

    // MARK: The rule

    @Test func `notices alone wait until an hour after the end of the day they came in`() throws {
        let segment = notices([.delete(SmallWorld.id(10))])
        #expect(try defers([segment], at: "2026-11-22T20:10:00Z"))
        #expect(try defers([segment], at: "2026-11-23T00:59:59.999Z"))
        #expect(try !defers([segment], at: "2026-11-23T01:00:00.000Z"))
        // A clock of a zone that runs ahead of ours.
        #expect(try defers([segment], at: "2026-11-21T12:00:00Z"))
    }

    @Test func `nothing waits where a record came, at home, or when all is wanted now`() throws {
        let segment = notices([.delete(SmallWorld.id(10))])
        let late = notices([SmallWorld.post(30)])
        #expect(try !defers([segment, late], at: "2026-11-22T20:10:00Z"))
        #expect(try !defers([post], at: "2026-11-22T20:10:00Z"))
        let home = SmallWorld.segment("b", start: 5, [.delete(SmallWorld.id(10))])
        #expect(try !defers([home], at: "2026-11-22T20:10:00Z"))
        #expect(try !defers([segment], at: "2026-11-22T20:10:00Z", .now))
        #expect(try !defers([], at: "2026-11-22T20:10:00Z"))
    }

    @Test func `one notice that is due takes those of the new day along`() throws {
        let old = notices([.delete(SmallWorld.id(10))])
        let new = SmallWorld.segment(
            "b", start: 7200 + 86_400, instance: "3", [.delete(SmallWorld.id(20))])
        #expect(try defers([new], at: "2026-11-23T20:10:00Z"))
        #expect(try !defers([old, new], at: "2026-11-23T20:10:00Z"))
    }

    // MARK: Runs

    private func canonicalIDs(_ site: MergeSite) throws -> [Int64] {
        let path = site.store.localPath(of: StoreLayout.canonical(hour))
        return try SegmentCheck.lines(path).compactMap { line in
            line.withUnsafeBytes {
                if case .record(let id, _) = RecordScanner().scan($0) { id.rawValue } else { nil }
            }
        }
    }

    private func pending(_ site: MergeSite, at now: Timestamp) async throws -> Set<Int64> {
        let archive = try await ArchiveReader(site.configuration())
        let pending = try await PendingDeletions(archive, now: now)
        return try await pending.ids(in: hour, index: archive.index(of: hour))
    }

    @Test(arguments: [true, false])
    func `an old deletion waits, is told of, and takes effect with the sweep or when forced`(
        isForced: Bool
    ) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let day = try time("2026-11-22T20:10:00Z")
            try site.add([post.stored()])
            try await site.run(at: day)
            let segment = notices([.delete(SmallWorld.id(10)), .limit(3)])
            try site.add([segment.stored()])
            try site.put([], at: StoreLayout.pending(segment.name))
            let report = try await site.run(at: day)
            #expect(report.partitionsWaiting == 1)
            // The home of the segment itself.
            #expect(report.partitionsWritten == 1)
            #expect(try canonicalIDs(site) == [SmallWorld.id(10), SmallWorld.id(20)])
            #expect(try await pending(site, at: day) == [SmallWorld.id(10)])
            #expect(site.has(StoreLayout.pending(segment.name)))
            let next = isForced ? day : try time("2026-11-23T01:00:00Z")
            let swept = try await site.run(deletions: isForced ? .now : .daily, at: next)
            #expect(swept.partitionsWaiting == 0)
            #expect(try canonicalIDs(site) == [SmallWorld.id(20)])
            #expect(try await pending(site, at: next).isEmpty)
            try await site.run(isFull: false, at: next)
            #expect(!site.has(StoreLayout.pending(segment.name)))
        }
    }

    @Test func `an hour that waits is completed all the same where a run was cut short in it`()
        async throws
    {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let day = try time("2026-11-22T20:10:00Z")
            try site.add([post.stored()])
            let broken = InterferingStore(site.store) { call in
                call.isPut(under: "canonical/") ? .refuse(.unavailable) : .none
            }
            try await site.run(through: broken, at: day)
            try site.add([notices([.delete(SmallWorld.id(10))]).stored()])
            #expect(try await site.run(at: day).problems.isEmpty)
            #expect(broken.faultCount == 1)
            #expect(try canonicalIDs(site) == [SmallWorld.id(10), SmallWorld.id(20)])
        }
    }

    @Test func `an hour of which nothing is known but deletions waits too`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let day = try time("2026-11-22T20:10:00Z")
            try site.add([notices([.delete(SmallWorld.id(10))]).stored()])
            #expect(try await site.run(at: day).partitionsWaiting == 1)
            #expect(!site.has(StoreLayout.index(hour)))
            #expect(try await pending(site, at: day) == [SmallWorld.id(10)])
            try await site.run(deletions: .now, at: day)
            #expect(site.has(StoreLayout.index(hour)))
        }
    }

    @Test func `notices that are no deletions of the hour, or cannot be read, leave nothing out`()
        async throws
    {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let day = try time("2026-11-22T20:10:00Z")
            var segment = try notices(
                [.withheld(SmallWorld.id(10)), .delete(SmallWorld.id(7300))]
            ).stored()
            segment.data = nil
            try site.add([segment])
            #expect(try await pending(site, at: day).isEmpty)
            try site.add([
                notices([.withheld(SmallWorld.id(10)), .delete(SmallWorld.id(7300))]).stored()
            ])
            #expect(try await pending(site, at: day).isEmpty)
        }
    }

    @Test func `nothing is pending where the dataset ignores deletions`() async throws {
        var dataset = SmallWorld.dataset
        dataset.deletions = .ignore
        try await MergeSite.with(dataset) { site in
            try site.add([post.stored(), notices([.delete(SmallWorld.id(10))]).stored()])
            #expect(try await pending(site, at: time("2026-11-22T20:10:00Z")).isEmpty)
        }
    }
}
