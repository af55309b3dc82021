/// What was emitted in one tick: lines with their terminators, ready to be sent.
final class Block: Sendable {
    /// CRLF, as the streams of X end their lines.
    static let terminatorBytes = 2

    let bytes: [UInt8]
    /// Where each line ends in `bytes`.
    let lineEnds: [Int]
    /// Whether each line is a post; the others are notices.
    let isPost: [Bool]
    /// How many posts were emitted before this block.
    let firstPost: Int
    let postCount: Int
    /// How many bytes were emitted before this block.
    let firstByte: Int
    /// By the monotonic clock, in seconds.
    let emittedAt: Double

    init(
        bytes: [UInt8], lineEnds: [Int], isPost: [Bool], firstPost: Int, firstByte: Int,
        emittedAt: Double
    ) {
        precondition(lineEnds.count == isPost.count && lineEnds.last == bytes.count)
        self.bytes = bytes
        self.lineEnds = lineEnds
        self.isPost = isPost
        self.firstPost = firstPost
        self.firstByte = firstByte
        self.emittedAt = emittedAt
        postCount = isPost.count { $0 }
    }

    func start(ofLine line: Int) -> Int {
        line == 0 ? 0 : lineEnds[line - 1]
    }
}
