import Shared
import TestSupport
import Testing

@testable import merger

struct SliceLoaderTests {
    /// Three zones with the same posts, each somewhat later than the one before, in members of four.
    private static func segments() throws -> [StoredSegment] {
        try ["a", "b", "c"].enumerated().map { number, zone in
            let lines = (0..<60).map { SmallWorld.post(Int64($0 * 10 + number), "post \($0)") }
            return try SmallWorld.segment(
                zone, instance: Character("\(number)"), memberLines: 4, lines
            ).stored()
        }
    }

    /// - Parameter buffers: how many members it may hold at once.
    private static func loader(
        _ directory: TemporaryDirectory, buffers: Int, pool: LineBufferPool
    ) throws -> SliceLoader {
        let inputs = try segments().enumerated().map { number, segment in
            try directory.write(segment.data ?? [], to: "\(number)")
            return try SegmentInput(
                segment.manifest, path: directory.file("\(number)"), number: number,
                zoneBit: number)
        }
        return SliceLoader(
            inputs, SmallWorld.hour, SmallWorld.dataset,
            index: try IndexWriter(directory.file("index.sqlite")),
            bytesMax: buffers * (SegmentWriter.memberRawBytes + (128 << 10)), pool: pool)
    }

    @Test(arguments: [4, 6, 10, 20, 100])
    func `every slice fits, and together they hold every copy once`(buffers: Int) throws {
        try TemporaryDirectory.with { directory in
            var loader = try Self.loader(directory, buffers: buffers, pool: LineBufferPool())
            let slices = loader.slices(of: SmallWorld.hour.ids)
            #expect((slices.count > 1) == (buffers < 45))
            var found: [Int64] = []
            for slice in slices {
                let copies = try #require(try loader.load(slice), "read, and too much: \(slice)")
                found += copies.map(\.id)
            }
            let expected = (0..<60).flatMap { post in
                (0..<3).map { SmallWorld.id(Int64(post * 10 + $0)) }
            }
            #expect(found == expected)
        }
    }

    @Test func `the buffers of one partition are those of the next`() throws {
        let pool = LineBufferPool()
        for _ in 0..<2 {
            try TemporaryDirectory.with { directory in
                var loader = try Self.loader(directory, buffers: 100, pool: pool)
                _ = try loader.load(SmallWorld.hour.ids)
                #expect(pool.freeCount == 0)
            }
            #expect(pool.freeCount == 45)
        }
    }
}
