import Shared
import TestSupport
import Testing

@testable import listener

struct RulePackingTests {
    private static let lengths = [24, 52, 100, 512, 1024, 2048]

    /// Ids as accounts have them: old ones are short, new ones have 19 digits.
    private func accounts(_ count: Int, _ generator: inout SplitMix64) -> Set<Int64> {
        var ids: Set<Int64> = []
        while ids.count < count {
            let isOld = generator.once(in: 2)
            ids.insert(
                isOld
                    ? Int64(12 + generator.below(4_000_000_000))
                    : 700_000_000_000_000_000 + Int64(generator.below(1_100_000_000_000_000_000)))
        }
        return ids
    }

    /// Read back without the packing's own words.
    private func ids(in rule: String) -> [Int64] {
        rule.split(separator: " OR ").compactMap { condition in
            condition.hasPrefix("from:") ? Int64(condition.dropFirst(5)) : nil
        }
    }

    @Test(arguments: lengths)
    func `every account is in exactly one rule, and no rule is too long`(length: Int) throws {
        let seed = Seed()
        var generator = seed.generator
        for count in [1, 2, 3, 35, 36, 37, 200, 3000] {
            let wanted = accounts(count, &generator)
            let rules = try RulePacking(lengthMax: length, rulesMax: 3000).rules(for: wanted)
            #expect(rules.allSatisfy { $0.utf8.count <= length }, "\(seed)")
            #expect(rules.allSatisfy { $0.utf8.count == $0.unicodeScalars.count })
            let found = rules.flatMap { ids(in: $0) }
            #expect(found.count == count, "\(seed)")
            #expect(Set(found) == wanted, "\(seed)")
            #expect(rules == rules.sorted())
        }
    }

    @Test func `the order in which accounts come does not matter`() throws {
        let seed = Seed()
        var generator = seed.generator
        let wanted = accounts(500, &generator).sorted()
        let packing = RulePacking(lengthMax: 1024, rulesMax: 1000)
        let rules = try packing.rules(for: wanted)
        #expect(try packing.rules(for: wanted.reversed() + wanted) == rules)
    }

    @Test func `one more account takes away at most one rule, and one less gives it back`() throws {
        let seed = Seed()
        var generator = seed.generator
        let packing = RulePacking(lengthMax: 1024, rulesMax: 1000)
        var followed = accounts(2000, &generator)
        var splits = 0
        for _ in 0..<100 {
            let before = try packing.rules(for: followed)
            let newcomer = try #require(accounts(1, &generator).first)
            let after = try packing.rules(for: followed.union([newcomer]))
            let gone = Set(before).subtracting(after)
            let new = Set(after).subtracting(before)
            #expect(gone.count == 1, "\(seed)")
            #expect((1...3).contains(new.count), "\(new.count); \(seed)")
            splits += new.count > 1 ? 1 : 0
            followed.insert(newcomer)
        }
        #expect(splits < 50, "most newcomers fit; \(seed)")
    }

    @Test func `where thin rules are too many, they are filled`() throws {
        // 36 conditions of 24 characters, with 35 separators of 4, make 1,004 characters.
        let wanted = (0..<360).map { 1_000_000_000_000_000_000 + Int64($0) }
        let rules = try RulePacking(lengthMax: 1024, rulesMax: 10).rules(for: wanted)
        #expect(rules.count == 10)
        #expect(rules.allSatisfy { ids(in: $0).count == 36 })
    }

    @Test func `what does not fit into the rules there may be is refused with the numbers`() {
        let wanted = (0..<361).map { 1_000_000_000_000_000_000 + Int64($0) }
        let error = #expect(throws: StreamError.self) {
            try RulePacking(lengthMax: 1024, rulesMax: 10).rules(for: wanted)
        }
        #expect(
            error?.message.hasPrefix(
                "rules: 361 accounts take 11 rules of 1024 characters, and LISTENER_RULES_MAX is 10"
            ) == true)
        #expect(error?.exitCode == .configuration)
    }
}
