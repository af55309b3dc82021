import Foundation
import Glibc

/// Makes the posts in time: renders what is due, writes the truth, hands it to the log.
struct Emitter: Sendable {
    private static let tickMicroseconds: UInt32 = 20_000
    /// After a pause of the whole process the backlog comes in blocks of this size.
    private static let postsPerBlockMax = 5000

    let world: World
    let log: EmissionLog
    /// Time of the first id; now when nil.
    let startMilliseconds: Int?
    let clockOffsetSeconds: Double
    let truth: LineFile?
    let noticeTruth: LineFile?

    /// Returns when every post was emitted and the truth is complete.
    func run() throws {
        log.waitForRelease()
        let startedAt = MonotonicClock.seconds
        let start =
            startMilliseconds
            ?? Int((Date().timeIntervalSince1970 + clockOffsetSeconds) * 1000)
        var position = 0
        var bytesEmitted = 0
        while position < world.schedule.count {
            let elapsed = Int((MonotonicClock.seconds - startedAt) * 1000)
            let first = position
            while position < world.schedule.count,
                position - first < Self.postsPerBlockMax,
                world.schedule[position].deliveredAt <= elapsed
            {
                position += 1
            }
            guard position > first else {
                usleep(Self.tickMicroseconds)
                continue
            }
            let block = try emit(first..<position, start: start, firstByte: bytesEmitted)
            bytesEmitted += block.bytes.count
            log.append(block)
        }
        try truth?.close()
        try noticeTruth?.close()
        log.finish()
    }

    private func emit(_ positions: Range<Int>, start: Int, firstByte: Int) throws -> Block {
        var builder = ByteBuilder(capacity: positions.count * 3072)
        var posts = ByteBuilder(capacity: positions.count * 3072)
        var notices = ByteBuilder(capacity: 4096)
        var lineEnds: [Int] = []
        var isPost: [Bool] = []
        for position in positions {
            let postStart = builder.count
            world.writePost(at: position, startMilliseconds: start, into: &builder)
            posts.append(UnsafeRawBufferPointer(rebasing: builder.contents[postStart...]))
            posts.append("\n")
            builder.append("\r\n")
            lineEnds.append(builder.count)
            isPost.append(true)
            let noticeStart = builder.count
            guard world.writeNotice(after: position, startMilliseconds: start, into: &builder)
            else { continue }
            notices.append(UnsafeRawBufferPointer(rebasing: builder.contents[noticeStart...]))
            notices.append("\n")
            builder.append("\r\n")
            lineEnds.append(builder.count)
            isPost.append(false)
        }
        // The truth is written first: whatever a client has seen, the truth has.
        try truth?.append(posts.contents)
        try noticeTruth?.append(notices.contents)
        return Block(
            bytes: builder.bytes(), lineEnds: lineEnds, isPost: isPost,
            firstPost: positions.lowerBound, firstByte: firstByte,
            emittedAt: MonotonicClock.seconds)
    }
}
