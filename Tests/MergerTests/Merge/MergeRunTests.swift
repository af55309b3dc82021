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
        for number in 1...count * Seed.effort {
            let world = try World(&generator, shape)
            try await body(world, &generator, "world \(number) of \(seed)")
        }
    }

    /// What one run over the whole set makes of it.
    private func reference(_ world: World) async throws -> MergeOutcome {
        try await MergeSite.with(world.dataset) { site in
            try site.add(world.stored)
            #expect(try await site.run().problems.isEmpty)
            return try await site.outcome()
        }
    }

    @Test func `one run over a world gives the rows and the bytes of its model`() async throws {
        try await worlds(10) { world, _, comment in
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
        try await worlds(6) { world, generator, comment in
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

    @Test func `any split into shards ends the same`() async throws {
        try await worlds(3) { world, generator, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                let count = Int64(1 + generator.below(5))
                for index in (0..<count).shuffled(using: &generator) {
                    let span = PartitionSpan(shard: Shard(index: index, count: count))
                    let report = try await site.run(span: span, cache: "cache \(index)")
                    #expect(report.problems.isEmpty, comment)
                }
                #expect(try await site.outcome().difference(from: expected) == nil, comment)
            }
        }
    }

    @Test func `a span writes its hours alone, and the rest later ends the same`() async throws {
        try await worlds(2) { world, _, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                let hour = WorldTime.partition(WorldTime.firstHour)
                try await site.run(span: PartitionSpan(first: hour, last: hour))
                #expect(try await site.partitions().allSatisfy { $0 == hour }, comment)
                try await site.run(span: PartitionSpan(first: hour))
                try await site.run(span: PartitionSpan(last: hour))
                #expect(try await site.outcome().difference(from: expected) == nil, comment)
            }
        }
    }

    @Test func `memory for a few lines gives the same as memory for all`() async throws {
        try await worlds(5) { world, generator, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                let half = generator.below(world.stored.count + 1)
                for segments in [world.stored[..<half], world.stored[half...]] {
                    try site.add(segments)
                    try await site.run(
                        memoryBytes: generator.pick([1, 100, 300, 1000, 5000, 100_000, 3 << 20]))
                }
                #expect(try await site.outcome().difference(from: expected) == nil, comment)
            }
        }
    }

    /// What may have become of a canonical object between two runs.
    private enum Damage: CaseIterable {
        case none, deleted, garbage, older
    }

    @Test func `whatever became of canonical objects, the next run ends the same`() async throws {
        var seen: Set<Damage> = []
        try await worlds(6) { world, generator, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                let half = generator.below(world.stored.count)
                try site.add(world.stored[..<half])
                try await site.run()
                let older = try await site.outcome().canonical
                try site.add(world.stored[half...])
                try await site.run()
                for partition in try await site.partitions() {
                    let key = StoreLayout.canonical(partition)
                    let possible = Damage.allCases.filter {
                        $0 != .older || older[partition] != nil
                    }
                    let damage =
                        possible.first { !seen.contains($0) } ?? generator.pick(possible)
                    switch damage {
                    case .none: break
                    case .deleted: try site.remove(key)
                    case .garbage: try site.put(generator.bytes(50), at: key)
                    case .older: try site.put(try #require(older[partition]), at: key)
                    }
                    seen.insert(damage)
                }
                #expect(try await site.run().problems.isEmpty, comment)
                #expect(try await site.outcome().difference(from: expected) == nil, comment)
            }
        }
        #expect(seen == Set(Damage.allCases), "\(seed)")
    }

    @Test func `runs through a store that fails and loses replies end the same`() async throws {
        try await worlds(5) { world, generator, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                let dice = Dice(generator.next())
                let calls = Counter()
                let broken = InterferingStore(site.store) { call in
                    guard call.kind == .put || call.kind == .fetch else { return .none }
                    // The first one at least, however few there are.
                    if calls.next() == 0 { return .refuse(.unavailable) }
                    return dice.pick([.none, .none, .refuse(.unavailable), .loseReply])
                }
                for _ in 0..<4 {
                    let count = generator.below(world.stored.count + 1)
                    try site.add(world.stored.shuffled(using: &generator).prefix(count))
                    try await site.run(through: broken)
                }
                try site.add(world.stored)
                try await site.run(through: broken)
                #expect(try await site.run().problems.isEmpty, comment)
                let difference = try await site.outcome().difference(from: expected)
                #expect(difference == nil, comment)
                #expect(broken.faultCount > 0 || world.stored.isEmpty, comment)
            }
        }
    }

    @Test func `runs at once on one store end as a single one does`() async throws {
        try await worlds(3) { world, generator, comment in
            let expected = try await reference(world)
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored.prefix(generator.below(world.stored.count + 1)))
                try await site.run()
                try site.add(world.stored)
                let problems = try await withThrowingTaskGroup(of: MergeReport.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            try await site.run(memoryBytes: 2000, cache: "cache \(number)")
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1.problems.map { "\($0)" } }
                }
                #expect(problems.isEmpty, comment)
                #expect(try await site.outcome().difference(from: expected) == nil, comment)
            }
        }
    }

    @Test func `posts of many members come out in order, whatever memory there is`() async throws {
        var shape = World.Shape()
        shape.tweetsMax = 600
        shape.textBytesMax = 300
        try await worlds(1, shape) { world, _, comment in
            let expected = try await reference(world)
            let answers = world.answers
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                try await site.run(memoryBytes: 20_000)
                let outcome = try await site.outcome()
                #expect(outcome.difference(from: expected) == nil, comment)
                var model = MergeOutcome()
                for (hour, answer) in answers {
                    model.tables[WorldTime.partition(hour)] = answer.tables
                }
                var found = MergeOutcome()
                found.tables = outcome.tables(like: answers)
                #expect(found.difference(from: model) == nil, comment)
            }
        }
    }

    @Test func `the report's ledger counts every line of the set once`() async throws {
        try await worlds(6) { world, _, comment in
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                let report = try await site.run()
                let lines = world.segments.reduce(0) { $0 + $1.lines.count }
                let canonical = world.answers.values.reduce(0) { $0 + $1.canonicalIDs.count }
                #expect(report.total.lines == lines, comment)
                #expect(report.total.canonical == canonical, comment)
                #expect(report.total.isBalanced, comment)
                #expect(report.segmentsAdmitted >= world.segments.count, comment)
                for (zone, ledger) in report.zones {
                    let lines = world.segments.filter { $0.zone == zone }
                        .reduce(0) { $0 + $1.lines.count }
                    #expect(ledger.lines == lines, comment)
                }
            }
        }
    }
}
