import Shared
import TestSupport
import Testing

@testable import merger

/// Deletions before, with, after and years after their tweets, over runs and expiries in any order,
/// against a model that knows nothing of either.
struct DeletionHistoryTests {
    private let seed = Seed()

    /// A store, what was put into it so far, and what time it is.
    private struct History {
        let site: MergeSite
        let dataset: Dataset
        var added: [WorldSegment] = []
        var now: Timestamp

        mutating func add(_ segments: some Sequence<WorldSegment>) throws {
            for segment in segments {
                try site.add([segment.stored(dataset.limits)])
                // As whoever ships late.
                try site.put([], at: StoreLayout.pending(segment.name))
                added.append(segment)
            }
        }

        mutating func wait(hours: Int) {
            now = Timestamp(milliseconds: now.milliseconds + Int64(hours) * WorldTime.hourMs)
        }

        func canonicalIDs(of partition: Partition) throws -> [Int64] {
            let path = site.store.localPath(of: StoreLayout.canonical(partition))
            return try SegmentCheck.lines(path).compactMap { line in
                line.withUnsafeBytes {
                    if case .record(let id, _) = RecordScanner().scan($0) {
                        id.rawValue
                    } else {
                        nil
                    }
                }
            }
        }

        /// What a reader gets: the canonical stream without what pending notices delete.
        func expectReadersGetTheTruth(_ comment: Comment) async throws {
            let archive = try await ArchiveReader(site.configuration())
            let pending = try await PendingDeletions(archive, now: now)
            for (hour, answer) in dataset.answers(of: added) {
                let partition = WorldTime.partition(hour)
                let index = try await archive.index(of: partition)
                let left = try await pending.ids(in: partition, index: index)
                let ids = index == nil ? [] : try canonicalIDs(of: partition)
                #expect(ids.filter { !left.contains($0) } == answer.canonicalIDs, comment)
            }
        }
    }

    /// Segments of three years later, which delete what the world has.
    private func later(_ world: World, _ generator: inout SplitMix64) -> [WorldSegment] {
        let years: Int64 = 3 * 365 * 24 * WorldTime.hourMs
        let ids = world.answers.values.flatMap(\.canonicalIDs).sorted()
        return (0..<1 + generator.below(4)).map { number in
            let start = World.start + years + Int64(generator.below(48)) * WorldTime.hourMs
            let lines: [WorldLine] = (0..<6).map { line in
                let id = ids.isEmpty ? 5 : generator.pick(ids)
                switch generator.below(5) {
                case 0: return .post(WorldTime.id(at: start) + Int64(line), "later", rule: "r")
                case 1: return .withheld(id)
                default: return .delete(id)
                }
            }
            let name = SegmentName(
                start: Timestamp(milliseconds: start),
                instance: ListenerInstance(contentOf: ContentDigest(of: generator.bytes(8))),
                sequence: number)
            return WorldSegment(
                zone: SampleStream.zone(generator.pick(World.zoneNames)), name: name,
                batches: [WorldSegment.Batch(time: start + 1000, lines: lines)],
                end: start + 300_000)
        }
    }

    private func play(
        _ segments: [WorldSegment], _ history: inout History, _ generator: inout SplitMix64,
        _ comment: Comment
    ) async throws {
        var rest = segments[...]
        while !rest.isEmpty {
            let count = 1 + generator.below(rest.count)
            try history.add(rest.prefix(count))
            rest = rest.dropFirst(count)
            let site = history.site
            let report = try await site.run(
                isFull: false, deletions: generator.once(in: 4) ? .now : .daily, at: history.now)
            #expect(report.problems.isEmpty, comment)
            try await history.expectReadersGetTheTruth(comment)
            if generator.once(in: 2) {
                let age = Duration.seconds(3600 * generator.below(24))
                let expiry = try await site.expire(olderThan: age, at: history.now)
                #expect(expiry.problems.isEmpty, comment)
            }
            history.wait(hours: generator.below(12))
        }
    }

    /// Deletes a tweet by a notice that is received just now.
    ///
    /// - Returns: how many hours a run leaves to the daily sweep then.
    private func waits(
        _ history: inout History, for world: World, _ comment: Comment
    ) async throws -> Int {
        guard let id = world.answers.values.flatMap(\.canonicalIDs).min() else { return 0 }
        let start = history.now.milliseconds
        let name = SegmentName(
            start: history.now, instance: ListenerInstance(contentOf: ContentDigest(of: [7])),
            sequence: 0)
        try history.add([
            WorldSegment(
                zone: SampleStream.zone(World.zoneNames[0]), name: name,
                batches: [WorldSegment.Batch(time: start + 1000, lines: [.delete(id)])],
                end: start + 300_000)
        ])
        history.now = Timestamp(milliseconds: start + 600_000)
        let report = try await history.site.run(isFull: false, at: history.now)
        #expect(report.problems.isEmpty, comment)
        try await history.expectReadersGetTheTruth(comment)
        return report.partitionsWaiting
    }

    @Test func `however runs, deletions and expiries fall together, the end is the model's`()
        async throws
    {
        var generator = seed.generator
        var expired = 0
        var waited = 0
        for number in 1...3 * Seed.effort {
            let world = try World(&generator)
            let comment: Comment = "world \(number) of \(seed)"
            try await MergeSite.with(world.dataset) { site in
                let early = world.segments.shuffled(using: &generator)
                let held = generator.below(early.count)
                var history = History(
                    site: site, dataset: world.dataset,
                    now: Timestamp(milliseconds: World.end + 600_000))
                try await play(Array(early.dropLast(held)), &history, &generator, comment)
                // Years later: who was away ships, and old tweets are deleted.
                let more = later(world, &generator) + early.suffix(held)
                history.now = Timestamp(
                    milliseconds: World.start + (3 * 365 + 2) * 24 * WorldTime.hourMs)
                try await play(
                    more.shuffled(using: &generator), &history, &generator, comment)
                waited += try await waits(&history, for: world, comment)
                history.wait(hours: 26)
                #expect(
                    try await site.run(isFull: false, at: history.now).problems.isEmpty, comment)
                #expect(try await site.audit(at: history.now).isEmpty, comment)
                expired += try expect(history, comment)
            }
        }
        #expect(expired > 0 && waited > 0, "\(seed)")
    }

    /// - Returns: how many rows say that their segment has expired.
    private func expect(_ history: History, _ comment: Comment) throws -> Int {
        var found = MergeOutcome()
        var expected = MergeOutcome()
        for (hour, answer) in history.dataset.answers(of: history.added) {
            let partition = WorldTime.partition(hour)
            expected.tables[partition] = answer.tables
            let dump = try IndexDump(history.site.index(of: partition)).tables
            found.tables[partition] = dump.filter { answer.tables[$0.key] != nil }
            let path = history.site.store.localPath(of: StoreLayout.canonical(partition))
            #expect(try Shell.run(["gzip", "-dc", path]) == answer.raw, comment)
        }
        #expect(found.expiring(expected).difference(from: expected) == nil, comment)
        return found.tables.values.flatMap { $0["segment"] ?? [] }
            .count { $0.hasSuffix("|expired") }
    }
}
