import Shared
import TestSupport
import Testing

@testable import merger

struct MergeRunTests {
    private let seed = Seed()

    private func worlds(
        _ count: Int, _ shape: World.Shape = World.Shape(),
        _ body: (World, inout SplitMix64, Comment) async throws -> Void
    ) async throws {
        var generator = seed.generator
        for number in 1...count {
            let world = try World(&generator, shape)
            try await body(world, &generator, "world \(number) of \(seed)")
        }
    }

    /// What one run over the whole set makes of it.
    private func reference(_ world: World) async throws -> MergeOutcome {
        try await MergeSite.with(world.dataset) { site in
            try site.add(world.stored)
            try await site.run()
            return try await site.outcome()
        }
    }

    @Test func `one run over a world gives the rows and the bytes of its model`() async throws {
        try await worlds(25) { world, _, comment in
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                let report = try await site.run()
                #expect(report.problems.isEmpty, comment)
                let answers = world.answers
                let outcome = try await site.outcome()
                var expected = MergeOutcome()
                for (hour, answer) in answers {
                    expected.tables[WorldTime.partition(hour)] = answer.tables
                    let key = StoreLayout.canonical(WorldTime.partition(hour))
                    let raw = try Shell.run(["gzip", "-dc", site.store.localPath(of: key)])
                    #expect(raw == answer.raw, comment)
                }
                var found = MergeOutcome()
                found.tables = outcome.tables(like: answers)
                #expect(found.difference(from: expected) == nil, comment)
            }
        }
    }

    @Test func `any order and batching of segments ends the same`() async throws {
        try await worlds(15) { world, generator, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                var rest = world.stored.shuffled(using: &generator)[...]
                while !rest.isEmpty {
                    let count = 1 + generator.below(rest.count)
                    try site.add(rest.prefix(count))
                    rest = rest.dropFirst(count)
                    #expect(try await site.run().problems.isEmpty, comment)
                }
                #expect(try await site.outcome().difference(from: expected) == nil, comment)
                let again = try await site.run()
                #expect(again.partitionsWritten == 0, comment)
                #expect(again.segmentsAdmitted == 0, comment)
            }
        }
    }
}
