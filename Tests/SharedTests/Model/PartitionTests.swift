import Shared
import Testing

@Suite struct PartitionTests {
    @Test(arguments: [
        ("2026-11-22T18:00:00.000Z", "2026-11-22T18"),
        ("2026-11-22T18:59:59.999Z", "2026-11-22T18"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23"),
        ("1970-01-01T00:00:00.000Z", "1970-01-01T00"),
        ("2024-02-29T23:00:00.000Z", "2024-02-29T23"),
    ])
    func `a moment belongs to the hour that it begins with`(time: String, hour: String) throws {
        let partition = Partition(containing: try #require(Timestamp(time)))
        #expect(partition.description == hour)
        #expect(Partition(hour) == partition)
        #expect("\(partition.date)T\(partition.hour)" == hour)
    }

    @Test func `a partition reaches from its start up to the start of the next`() throws {
        let partition = try #require(Partition("2026-12-31T23"))
        #expect(partition.start.description == "2026-12-31T23:00:00.000Z")
        #expect(partition.end.description == "2027-01-01T00:00:00.000Z")
        #expect(partition.end == Partition(containing: partition.end).start)
        #expect(partition < Partition(containing: partition.end))
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T", "2026-11-22T1", "2026-11-22T24", "2026-11-22T018",
        "2026-02-29T00", "2026-11-22t18", "2026-11-22 18", "2026-11-22T18Z", "20261122T1800",
    ])
    func `text that is not an hour is refused`(text: String) {
        #expect(Partition(text) == nil)
    }

    @Test func `in JSON a partition is its text, and other text is refused`() throws {
        let partition = Partition(hoursSince1970: 0)
        let bytes = JSONDocument.encode([partition])
        #expect(String(decoding: bytes, as: UTF8.self) == #"["1970-01-01T00"]"#)
        #expect(try JSONDocument.decode([Partition].self, from: bytes) == [partition])
        #expect(throws: DecodingError.self) {
            try JSONDocument.decode([Partition].self, from: Array(#"["1970-01-01T24"]"#.utf8))
        }
    }
}
