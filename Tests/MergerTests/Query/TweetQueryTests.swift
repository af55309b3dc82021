import Shared
import TestSupport
import Testing

@testable import merger

struct TweetQueryTests {
    private let seed = Seed()

    /// An archive of a few thousand posts in members of about 1 MiB, and the calls that reach its store.
    private func with(
        _ body: (ArchiveReader, InterferingStore, [TweetID], MergeSite) async throws -> Void
    ) async throws {
        var generator = seed.generator
        let texts = (0..<3000).map { _ in
            (0..<60).map { _ in String(generator.next(), radix: 16) }.joined()
        }
        let posts = texts.enumerated().map { SmallWorld.post(Int64($0), $1) }
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([SmallWorld.segment("a", memberLines: 500, posts).stored()])
            try await site.run()
            let store = InterferingStore(site.store) { _ in .none }
            let archive = try ArchiveReader(
                cache: StoreCache(store: store, root: site.directory.file("query-cache")),
                dataset: SmallWorld.dataset)
            let ids = (0..<3000).compactMap { TweetID(SmallWorld.id($0)) }
            try await body(archive, store, ids, site)
        }
    }

    private func records(_ answers: [TweetAnswer]) -> [[UInt8]?] {
        answers.map { answer in
            if case .seen(_, let record) = answer { record } else { nil }
        }
    }

    @Test func `one record takes one read of its member, and not of the object`() async throws {
        try await with { archive, store, ids, site in
            let size = try #require(
                try await site.store.head(StoreLayout.canonical(SmallWorld.hour))?.bytes)
            let query = TweetQuery(archive: archive, wantsRecords: true, now: .now)
            let answers = try await query.answers(to: [ids[1234]])
            #expect(records(answers).compactMap { $0 }.count == 1)
            let reads = store.calls.filter { $0.kind == .get && $0.path.hasPrefix("canonical/") }
            let range = try #require(reads.first?.range)
            #expect(reads.count == 1)
            let member = try #require(
                try site.index(of: SmallWorld.hour).member(holding: ids[1234].rawValue))
            #expect(range.count == member.bytes)
            #expect(member.raw < 2 << 20)
            #expect(range.count * 2 < size)
        }
    }

    @Test func `thousands take one look at the index and one read of each member`() async throws {
        try await with { archive, store, ids, site in
            var generator = seed.generator
            let asked = ids.shuffled(using: &generator) + ids.prefix(10)
            let query = TweetQuery(archive: archive, wantsRecords: true, now: .now)
            let answers = try await query.answers(to: asked)
            let found = answers.compactMap { answer in
                if case .seen(let sighting, _) = answer { sighting.id } else { nil }
            }
            #expect(found == asked, "\(seed)")
            #expect(records(answers).allSatisfy { $0 != nil })
            let members = try site.index(of: SmallWorld.hour).members()
            #expect(members.count > 2)
            let reads = store.calls.filter {
                $0.path == StoreLayout.canonical(SmallWorld.hour).path
            }
            #expect(reads.map(\.range) == members.map(\.range))
            let fetches = store.calls.filter { $0.kind == .fetch && $0.path.hasPrefix("index/") }
            #expect(fetches.count == 1)
        }
    }

    @Test func `copies are read from the members whose ids span them, each once`() async throws {
        try await with { archive, store, ids, _ in
            let query = TweetQuery(archive: archive, wantsCopies: true, now: .now)
            let answers = try await query.answers(to: [ids[10], ids[20], ids[700]])
            let lines = answers.map { answer -> [Int] in
                guard case .seen(let sighting, _) = answer else { return [] }
                return (sighting.copies ?? []).map(\.line)
            }
            #expect(lines == [[11], [21], [701]])
            let reads = store.calls.filter { $0.kind == .get && $0.path.hasPrefix("segments/") }
            // Members of 500 lines: two of the three ids share one.
            #expect(reads.count == 2)
        }
    }

    @Test func `a segment that is gone is said, and hides no copy of another`() async throws {
        let first = SmallWorld.segment("a", [SmallWorld.post(5)])
        let second = SmallWorld.segment("b", instance: "2", [SmallWorld.post(5)])
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first.stored(), second.stored()])
            try await site.run()
            try site.remove(first.reference.key)
            let archive = try await ArchiveReader(site.configuration())
            let id = try #require(TweetID(SmallWorld.id(5)))
            let query = TweetQuery(archive: archive, wantsCopies: true, now: .now)
            guard case .seen(let sighting, _) = try await query.answers(to: [id])[0] else {
                Issue.record("not seen")
                return
            }
            #expect(sighting.zones.map(\.name) == ["a", "b"])
            #expect(sighting.copies?.map(\.segment) == [second.key])
            #expect(sighting.unread?.map(\.segment) == [first.key])
        }
    }

    /// Of each id, the segments that could not be searched.
    private func unread(_ ids: [Int64], _ site: MergeSite) async throws -> [[String]?] {
        let archive = try await ArchiveReader(site.configuration())
        let query = TweetQuery(archive: archive, wantsCopies: true, now: .now)
        let ids = try ids.map { try #require(TweetID(SmallWorld.id($0))) }
        return try await query.answers(to: ids).map { answer in
            guard case .seen(let sighting, _) = answer else { return nil }
            return sighting.unread?.map(\.segment)
        }
    }

    /// Two segments of one hour that have no id in common, merged.
    private func withTwoSegments(
        _ body: (MergeSite, _ early: WorldSegment, _ late: WorldSegment) async throws -> Void
    ) async throws {
        let early = SmallWorld.segment("a", [SmallWorld.post(5), SmallWorld.post(8)])
        let late = SmallWorld.segment(
            "a", start: 600, sequence: 1, [SmallWorld.post(605), SmallWorld.post(608)])
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([early.stored(), late.stored()])
            try await site.run()
            try await body(site, early, late)
        }
    }

    @Test func `of segments that have expired those are said that may hold the id`() async throws {
        try await withTwoSegments { site, early, late in
            #expect(try await unread([5, 605], site) == [nil, nil])
            try await site.expire(at: SmallWorld.time(2 * 86_400))
            #expect(try await unread([5, 608], site) == [[early.key], [late.key]])
        }
    }

    @Test func `of a segment that is gone only the ids that it may hold are said`() async throws {
        try await withTwoSegments { site, early, late in
            try site.remove(late.reference.key)
            #expect(try await unread([5, 605], site) == [nil, [late.key]])
        }
    }
}
