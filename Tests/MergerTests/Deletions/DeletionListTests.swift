import Shared
import TestSupport
import Testing

@testable import merger

struct DeletionListTests {
    private let first = SmallWorld.segment(
        "a", memberLines: 1, [SmallWorld.post(10), SmallWorld.post(20), SmallWorld.post(30)])
    private let second = SmallWorld.segment("b", instance: "2", [SmallWorld.post(20)])
    private let other = SmallWorld.segment(
        "c", instance: "3", [SmallWorld.post(5), SmallWorld.post(40)])
    private let notices = SmallWorld.segment(
        "b", start: 400, instance: "4",
        [.delete(SmallWorld.id(20)), .delete(SmallWorld.id(21)), .delete(SmallWorld.id(20))])

    private func entries(_ site: MergeSite, at now: Timestamp) async throws -> [DeletionEntry] {
        let list = try await DeletionList(ArchiveReader(site.configuration()), now: now)
        var entries: [DeletionEntry] = []
        for partition in try await list.partitions(in: PartitionSpan()) {
            entries += try await list.entries(in: partition)
        }
        return entries
    }

    @Test func `a deleted tweet is listed with its first notice and who may hold a copy`()
        async throws
    {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first, second, other, notices].map { try $0.stored() })
            try await site.run()
            let found = try await entries(site, at: SmallWorld.time(800))
            #expect(found.map(\.id.rawValue) == [SmallWorld.id(20), SmallWorld.id(21)])
            try #require(found.count == 2)
            #expect(found[0].segment == notices.key)
            #expect(found[0].line == 1)
            #expect(found[0].at == SmallWorld.time(700))
            #expect(found[0].zones.map(\.name) == ["a", "b"])
            // The other segment spans the id, and its zone did not see it.
            #expect(found[0].remaining == [first.key, second.key])
            #expect(found[1].zones.isEmpty && found[1].remaining.isEmpty)
            #expect(found.allSatisfy { !$0.isPending })
        }
    }

    @Test func `copies of expired segments remain no longer`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first, second, other, notices].map { try $0.stored() })
            try await site.run()
            try await site.expire(olderThan: .seconds(3600), at: SmallWorld.time(4000))
            #expect(
                try await entries(site, at: SmallWorld.time(4000)).allSatisfy {
                    $0.remaining.isEmpty
                })
        }
    }

    @Test func `a deletion that waits is listed as one`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first.stored()])
            let now = SmallWorld.time(8000)
            try await site.run(at: now)
            let late = SmallWorld.segment(
                "b", start: 7200, instance: "5", [.delete(SmallWorld.id(30))])
            try site.add([late.stored()])
            try await site.run(at: now)
            let found = try await entries(site, at: now)
            #expect(found.map(\.id.rawValue) == [SmallWorld.id(30)])
            try #require(found.count == 1)
            #expect(found[0].isPending)
            #expect(found[0].at == nil)
            #expect(found[0].remaining == [first.key])
        }
    }

    @Test func `notices about an id are those that name it, in order`() async throws {
        let withheld = SmallWorld.segment(
            "a", start: 300, instance: "6",
            [.withheld(SmallWorld.id(20)), .withheld(SmallWorld.id(10)), .limit(3)])
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first, withheld, notices].map { try $0.stored() })
            try await site.run()
            let index = try site.index(of: SmallWorld.hour)
            let id = try #require(TweetID(SmallWorld.id(20)))
            let other = try #require(TweetID(SmallWorld.id(30)))
            let found = try #require(try index.notices(about: [other, id])[id])
            #expect(try index.notices(about: [other]).isEmpty)
            #expect(found.map(\.kind) == ["status_withheld", "delete", "delete"])
            #expect(found.map(\.line) == [1, 1, 3])
            #expect(found.map(\.zone.name) == ["a", "b", "b"])
            #expect(found[0].json == String(decoding: withheld.lines[0].bytes, as: UTF8.self))
        }
    }
}
