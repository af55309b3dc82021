import Shared
import TestSupport
import Testing

@testable import merger

/// Whatever happens at whichever call to the store, what comes out is what one run makes of the set.
@Suite(.timeLimit(.minutes(5)))
struct MergeSweepTests {
    private let day: Int64 = 86_400

    /// Two hours of three zones, with copies that differ, a deletion in the other zone's segment, and
    /// a segment that reaches from one hour into the next.
    private var first: [WorldSegment] {
        [
            SmallWorld.segment("a", [SmallWorld.post(10), SmallWorld.post(20, "one")]),
            SmallWorld.segment(
                "b", start: 3500, instance: "2", [SmallWorld.post(3550), SmallWorld.post(3700)]),
        ]
    }

    private var second: [WorldSegment] {
        [
            SmallWorld.segment(
                "b", instance: "2", [SmallWorld.post(20, "two"), .delete(SmallWorld.id(3700))]),
            SmallWorld.segment(
                "c", start: 3600, instance: "3", [SmallWorld.post(3700), SmallWorld.post(3800)]),
        ]
    }

    private var third: [WorldSegment] {
        [
            SmallWorld.segment(
                "0", instance: "4", [SmallWorld.post(20, "three"), SmallWorld.post(5)]),
            SmallWorld.segment(
                "0", start: 3600, sequence: 1, instance: "4", [SmallWorld.post(3800, "three")]),
        ]
    }

    private func outcome(_ segments: [WorldSegment]) async throws -> MergeOutcome {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            #expect(try await site.run().problems.isEmpty)
            return try await site.outcome()
        }
    }

    @Test(arguments: [false, true])
    func `a run that dies at any of its calls to the store is gone on with`(
        losesReply: Bool
    ) async throws {
        let expected = try await outcome(first + second)
        var last = -1
        while true {
            last += 1
            let isDead = try await MergeSite.with(SmallWorld.dataset) { [last] site in
                try site.add(first.map { try $0.stored() })
                try await site.run()
                try site.add(second.map { try $0.stored() })
                let calls = Counter()
                let dying = InterferingStore(site.store) { _ in
                    let number = calls.next()
                    if number < last { return .none }
                    return number == last && losesReply ? .loseReply : .refuse(.unavailable)
                }
                _ = try? await site.run(through: dying)
                #expect(try await site.run().problems.isEmpty, "call \(last)")
                let difference = try await site.outcome().difference(from: expected)
                #expect(difference == nil, "call \(last)")
                return dying.faultCount > 0
            }
            if !isDead { break }
        }
        // Two hours, of each at least: two heads, two fetches, two puts.
        #expect(last > 12)
    }

    @Test func `a run that falls into another one at any call ends as if one had followed`()
        async throws
    {
        let expected = try await outcome(first + second + third)
        var last = -1
        while true {
            last += 1
            let isOver = try await MergeSite.with(SmallWorld.dataset) { [last] site in
                try site.add(first.map { try $0.stored() })
                try await site.run()
                try site.add(second.map { try $0.stored() })
                let third = try third.map { try $0.stored() }
                let calls = Counter()
                let slow = InterferingStore(site.store) { call in
                    guard calls.next() == last else { return .none }
                    do {
                        try site.add(third)
                        let report = try await site.run(cache: "other cache")
                        #expect(report.problems.isEmpty, "call \(last): \(call)")
                    } catch {
                        Issue.record(error)
                    }
                    return .none
                }
                #expect(try await site.run(through: slow).problems.isEmpty, "call \(last)")
                if calls.value <= last { try site.add(third) }
                #expect(try await site.run().problems.isEmpty, "call \(last)")
                let difference = try await site.outcome().difference(from: expected)
                #expect(difference == nil, "call \(last)")
                return calls.value <= last
            }
            if isOver { break }
        }
        #expect(last > 12)
    }

    @Test func `a zone that returns after a week changes each hour as if it had been there`()
        async throws
    {
        func segments(_ zone: String, _ instance: Character, _ text: String) -> [WorldSegment] {
            (Int64(0)..<8).map { number in
                let start = number * day
                return SmallWorld.segment(
                    zone, start: start, sequence: Int(number), instance: instance,
                    [
                        SmallWorld.post(start + 10, text), SmallWorld.post(start + 20),
                        .delete(SmallWorld.id(start + 20)),
                    ])
            }
        }
        let steady = segments("b", "2", "one")
        let absent = segments("a", "1", "two")
        let expected = try await outcome(steady + absent)
        try await MergeSite.with(SmallWorld.dataset) { site in
            for segment in steady {
                try site.add([segment.stored()])
                try await site.run()
            }
            try site.add(absent.map { try $0.stored() })
            let report = try await site.run()
            #expect(report.problems.isEmpty)
            #expect(report.partitionsWritten == 8)
            #expect(try await site.outcome().difference(from: expected) == nil)
        }
    }
}
