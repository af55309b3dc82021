import Shared
import TestSupport
import Testing

@testable import merger

struct SliceLoaderTests {
    /// Three zones with the same posts, in members of four.
    ///
    /// - Parameters:
    ///   - apart: how much later a zone's posts are than those of the one before, in seconds.
    ///   - asides: lines at the end of each.
    private static func segments(apart: Int, _ asides: [WorldLine]) throws -> [StoredSegment] {
        try ["a", "b", "c"].enumerated().map { number, zone in
            let lines =
                (0..<60).map { SmallWorld.post(Int64($0 * 10 + apart * number), "post \($0)") }
                + asides
            return try SmallWorld.segment(
                zone, instance: Character("\(number)"), memberLines: 4, lines
            ).stored()
        }
    }

    /// - Parameter buffers: how many members it may hold at once.
    private static func loader(
        _ directory: TemporaryDirectory, buffers: Int, pool: LineBufferPool, apart: Int = 1,
        asides: [WorldLine] = []
    ) throws -> SliceLoader {
        let inputs = try segments(apart: apart, asides).enumerated().map { number, segment in
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

    @Test(arguments: [4, 6, 20])
    func `of members that were read ahead only the winners' are held`(buffers: Int) throws {
        try TemporaryDirectory.with { directory in
            var loader = try Self.loader(
                directory, buffers: buffers, pool: LineBufferPool(), apart: 0,
                asides: [.delete(SmallWorld.id(0))])
            try loader.visitAll(isAhead: true)
            #expect(loader.findings.map(\.notices) == [1, 1, 1])
            var winners: [[UInt8]] = []
            for slice in loader.slices(of: SmallWorld.hour.ids) {
                let copies = try #require(try loader.load(slice), "read, and too much: \(slice)")
                let held = copies.filter { $0.buffer != LoadedCopy.noBuffer }
                #expect(held.count * 3 == copies.count)
                #expect(Set(held.map(\.buffer)).count <= buffers)
                for copy in held {
                    loader.withRecord(of: copy) { winners.append(Array($0)) }
                }
            }
            #expect(winners == (0..<60).map { SmallWorld.post(Int64($0 * 10), "post \($0)").bytes })
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
