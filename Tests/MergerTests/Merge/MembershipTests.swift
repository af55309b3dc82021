import Shared
import TestSupport
import Testing

@testable import merger

struct MembershipTests {
    private func references(_ zones: String...) -> [SegmentReference] {
        zones.enumerated().map { number, zone in
            SmallWorld.segment(zone, start: Int64(number), []).reference
        }
    }

    private func zones(_ members: Membership) -> [String] { members.zones.map(\.name) }

    @Test func `bits follow the dataset's order, then names`() throws {
        var dataset = SmallWorld.dataset
        dataset.zones = ["c", "x"].map { SampleStream.zone($0) }
        let members = try Membership(
            known: [], new: references("b", "c", "a", "c"), dataset: dataset)
        #expect(zones(members) == ["c", "a", "b"])
        #expect(try members.zoneBit(of: SampleStream.zone("c")) == 0)
        #expect(try members.zoneBit(of: SampleStream.zone("b")) == 2)
    }

    @Test func `numbers follow the zone, then the name`() throws {
        let references = references("b", "a", "b", "a")
        let members = try Membership(
            known: [], new: references.reversed(), dataset: SmallWorld.dataset)
        let numbers = try references.map { try members.number(of: $0) }
        #expect(numbers == [2, 0, 3, 1])
    }

    @Test func `a segment that is given twice has one number`() throws {
        let reference = references("a")[0]
        let members = try Membership(
            known: [], new: [reference, reference], dataset: SmallWorld.dataset)
        #expect(try members.number(of: reference) == 0)
    }

    @Test func `a zone of which there is no segment has no bit`() throws {
        let members = try Membership(
            known: [], new: references("a"), dataset: SmallWorld.dataset)
        let error = #expect(throws: DatabaseError.self) {
            try members.zoneBit(of: SampleStream.zone("b"))
        }
        #expect(error?.exitCode == .dataMissing)
    }

    @Test func `63 zones are told apart and 64 are not`() throws {
        let all = (0..<64).map { SmallWorld.segment("z\($0)", []).reference }
        let members = try Membership(
            known: [], new: Array(all.dropLast()), dataset: SmallWorld.dataset)
        #expect(members.zones.count == 63)
        let error = #expect(throws: MergeError.self) {
            try Membership(known: [], new: all, dataset: SmallWorld.dataset)
        }
        #expect(error?.code == .tooManyZones)
    }
}

struct PartitionSpanTests {
    private func hour(_ number: Int64) -> Partition { Partition(hoursSince1970: number) }

    @Test(arguments: [1, 2, 3, 7, 24])
    func `each hour is in exactly one of n shards`(count: Int64) {
        for number in [-25, -1, 0, 1, 498_714, 498_715, 1_000_003] as [Int64] {
            let shards = (0..<count).filter {
                Shard(index: $0, count: count).contains(hour(number))
            }
            #expect(shards.count == 1)
        }
    }

    @Test func `n hours in a row are in n shards`() {
        let shards = (500..<505).map { number in
            (0..<5).first { Shard(index: $0, count: 5).contains(hour(number)) }
        }
        #expect(Set(shards).count == 5)
    }

    @Test func `both ends of a span are part of it`() {
        let span = PartitionSpan(first: hour(5), last: hour(7))
        #expect((3...9).filter { span.contains(hour($0)) } == [5, 6, 7])
        #expect((3...9).filter { PartitionSpan(first: hour(8)).contains(hour($0)) } == [8, 9])
        #expect((3...9).filter { PartitionSpan(last: hour(4)).contains(hour($0)) } == [3, 4])
    }

    @Test func `only a span without ends and shards is everything`() {
        #expect(PartitionSpan().isEverything)
        #expect(!PartitionSpan(first: hour(0)).isEverything)
        #expect(!PartitionSpan(last: hour(0)).isEverything)
        #expect(!PartitionSpan(shard: Shard(index: 0, count: 2)).isEverything)
    }
}

struct TweetCopiesTests {
    private func copy(_ digest: Int64, _ zone: Int64, _ segment: Int32, _ line: Int32)
        -> DigestGroup
    {
        DigestGroup(
            digest: digest, zones: 1 << zone, first: CopyRank(segment: segment, line: line))
    }

    private func sorted(_ copies: TweetCopies) -> [DigestGroup] {
        copies.groups.sorted { $0.digest < $1.digest }
    }

    @Test func `adding is commutative, associative and idempotent`() {
        let seed = Seed()
        var generator = seed.generator
        for _ in 0..<200 {
            let all = (0..<1 + generator.below(8)).map { _ in
                // One line of one segment says one thing.
                let segment = generator.below(4)
                let line = 1 + generator.below(5)
                return copy(
                    Int64((segment + line) % 3), Int64(segment / 2), Int32(segment), Int32(line))
            }
            var once = TweetCopies()
            for copy in all { once.add(copy) }
            var other = TweetCopies()
            for copy in (all + all).shuffled(using: &generator) { other.add(copy) }
            for group in once.groups.shuffled(using: &generator) { other.add(group) }
            #expect(sorted(once) == sorted(other), "\(seed)")
            #expect(once.winner == other.winner, "\(seed)")
            #expect(once.zones == all.reduce(0) { $0 | $1.zones }, "\(seed)")
        }
    }

    @Test func `the segment ranks before the line`() {
        var copies = TweetCopies()
        copies.add(copy(1, 0, 2, 1))
        copies.add(copy(2, 1, 1, 9))
        #expect(copies.winner.digest == 2)
        #expect(copies.isDivergent)
    }
}
