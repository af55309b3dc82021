import Shared
import TestSupport
import Testing

@Suite struct SegmentNameTests {
    @Test(arguments: [
        "20261122T180000.000Z-0123456789abcdef-00000000",
        "20261122T235959.999Z-ffffffffffffffff-99999999",
        "20101104T014254.657Z-0000000000000000-00000042",
    ])
    func `a name is read as it is written`(text: String) throws {
        let name = try #require(SegmentName(text))
        #expect(name.description == text)
        #expect(
            SegmentName(start: name.start, instance: name.instance, sequence: name.sequence) == name
        )
    }

    @Test(arguments: [
        "", "20261122T180000.000Z-0123456789abcdef", "20261122T180000.000Z-0123456789abcdef-0",
        "20261122T180000.000Z-0123456789abcdef-000000000",
        "20261122T180000.000Z-0123456789abcdef-100000000",
        "20261122T180000.000Z-0123456789abcdef-+0000000",
        "20261122T180000.000Z-0123456789abcdef--0000001",
        "20261122T180000.000Z-0123456789ABCDEF-00000000",
        "20261122T180000.000Z-0123456789abcde-00000000",
        "20261122T180000.000Z-0123456789abcdeg-00000000",
        "20261122T180000Z-0123456789abcdef-00000000",
        "20261322T180000.000Z-0123456789abcdef-00000000",
        "20261122T180000.000Z-0123456789abcdef-00000000-",
        " 20261122T180000.000Z-0123456789abcdef-00000000",
        "20261122T180000.000Z-0123456789abcdef-00000000.json", "../x",
        "20261122T180000.000Z/0123456789abcdef/00000000",
    ])
    func `any other text is refused`(text: String) {
        #expect(SegmentName(text) == nil)
    }

    @Test func `names sort by time, then instance, then sequence, as their texts do`() throws {
        let seed = Seed()
        var generator = seed.generator
        let names = try (0..<300).map { _ in
            let instance = try #require(
                ListenerInstance(hex: generator.pick(["00000000000000aa", "f000000000000000"])))
            return SegmentName(
                start: SampleStream.time(Double(generator.below(40)) * 1234.5),
                instance: instance, sequence: generator.below(12))
        }
        #expect(
            names.sorted().map(\.description) == names.map(\.description).sorted(), "\(seed)")
    }

    @Test func `a segment's home is the hour in which it began`() throws {
        let name = try #require(SegmentName("20261231T235959.999Z-0123456789abcdef-00000000"))
        #expect(name.homePartition.description == "2026-12-31T23")
    }

    @Test func `an instance is random, or the beginning of a digest`() throws {
        #expect(ListenerInstance.random() != ListenerInstance.random())
        #expect(ListenerInstance(hex: ListenerInstance.random().hex) != nil)
        // printf abc | sha256sum
        let digest = ContentDigest(of: Array("abc".utf8))
        #expect(ListenerInstance(contentOf: digest).hex == "ba7816bf8f01cfea")
    }
}
