/// What was emitted, kept as long as a connection may still send it.
///
/// Every connection reads the same bytes from here at its own pace. Posts are numbered from 0 in
/// the order of emission; positions of faults are such numbers.
final class EmissionLog: Sendable {
    enum Phase: String, Codable, Sendable {
        case waiting
        case emitting
        case finished
    }

    struct State: Sendable {
        var phase = Phase.waiting
        var blocks: [Block] = []
        /// How many blocks were dropped from the front.
        var dropped = 0
        var posts = 0
        var notices = 0
        var bytes = 0
        /// Where each open connection reads, as a block counted from the first ever.
        var readers: [Int: Int] = [:]

        var end: Int { dropped + blocks.count }
    }

    /// What `repeat` can reach back to.
    static let postsKeptMin = 20_000

    private let state = Monitor(State())
    private let secondsKept: Double

    /// - Parameter secondsKept: how far a back-fill can reach; 0 when no zone has it.
    init(secondsKept: Double) {
        self.secondsKept = secondsKept
    }

    var phase: Phase { state.access { $0.phase } }
    var counts: (posts: Int, notices: Int) { state.access { ($0.posts, $0.notices) } }

    func release() {
        state.change { if $0.phase == .waiting { $0.phase = .emitting } }
    }

    func finish() {
        state.change { $0.phase = .finished }
    }

    func waitForRelease() {
        while phase == .waiting {
            state.wait(atMost: 60) { $0.phase != .waiting }
        }
    }

    func append(_ block: Block) {
        state.change { state in
            precondition(block.firstPost == state.posts && block.firstByte == state.bytes)
            state.blocks.append(block)
            state.posts += block.postCount
            state.notices += block.isPost.count - block.postCount
            state.bytes += block.bytes.count
            trim(&state)
        }
    }

    // MARK: Reading

    /// Opens a reader at the end, or as many seconds before it as the log still has.
    func open(reader: Int, secondsBack: Double) -> Cursor {
        state.access { state in
            var block = state.end
            var post = state.posts
            let limit = MonotonicClock.seconds - secondsBack
            while secondsBack > 0, block > state.dropped,
                state.blocks[block - 1 - state.dropped].emittedAt >= limit
            {
                block -= 1
                post = state.blocks[block - state.dropped].firstPost
            }
            state.readers[reader] = block
            return Cursor(block: block, line: 0, post: post)
        }
    }

    func close(reader: Int) {
        state.access { $0.readers[reader] = nil }
    }

    /// How many bytes were emitted since the block that the reader fetched last.
    func bytesBehind(reader: Int) -> Int {
        state.access { state in
            guard let block = state.readers[reader], block < state.end else { return 0 }
            return state.bytes - state.blocks[block - state.dropped].firstByte
        }
    }

    /// Whether the next post of the cursor was emitted.
    func hasPost(at cursor: Cursor) -> Bool {
        state.access { cursor.post < $0.posts }
    }

    func waitForLines(at cursor: Cursor, atMost seconds: Double) {
        state.wait(atMost: seconds) { cursor.block < $0.end }
    }

    /// Waits for anything to happen.
    func wait(atMost seconds: Double) {
        let before = counts.posts
        state.wait(atMost: seconds) { $0.posts != before }
    }

    /// Takes the next lines of one block, up to but not including the post with that number.
    ///
    /// Notices belong to the post they follow, so that a limit splits the lines at the same place
    /// however the ticks fell.
    func read(_ cursor: inout Cursor, reader: Int, before limit: Int?) -> Batch {
        let block: Block? = state.access { state in
            guard cursor.block < state.end else { return nil }
            state.readers[reader] = cursor.block
            return state.blocks[cursor.block - state.dropped]
        }
        var batch = Batch(posts: cursor.post..<cursor.post)
        guard let block else { return batch }
        let startLine = cursor.line
        let start = block.start(ofLine: startLine)
        var line = startLine
        var post = cursor.post
        while line < block.lineEnds.count {
            if block.isPost[line] {
                if let limit, post >= limit { break }
                post += 1
            } else {
                batch.noticeCount += 1
            }
            batch.lineEnds.append(block.lineEnds[line] - start)
            line += 1
        }
        if line > startLine {
            batch.bytes = Array(block.bytes[start..<block.lineEnds[line - 1]])
        }
        batch.posts = cursor.post..<post
        cursor.post = post
        cursor.line = line
        if line == block.lineEnds.count {
            cursor.block += 1
            cursor.line = 0
        }
        return batch
    }

    /// The lines of those posts, without the notices between them, as far as they are kept.
    func posts(_ numbers: [Range<Int>]) -> Batch {
        let blocks = state.access { $0.blocks }
        var batch = Batch(posts: 0..<0)
        for range in numbers {
            for block in blocks
            where block.firstPost < range.upperBound
                && range.lowerBound < block.firstPost + block.postCount
            {
                var post = block.firstPost
                for line in block.isPost.indices where block.isPost[line] {
                    if range.contains(post) {
                        batch.bytes += block.bytes[block.start(ofLine: line)..<block.lineEnds[line]]
                        batch.lineEnds.append(batch.bytes.count)
                    }
                    post += 1
                }
            }
        }
        return batch
    }

    private func trim(_ state: inout State) {
        let slowest = state.readers.values.min() ?? state.end
        let oldest = MonotonicClock.seconds - secondsKept
        var excess = 0
        while state.dropped + excess < slowest {
            let block = state.blocks[excess]
            let isKept =
                block.firstPost + block.postCount > state.posts - Self.postsKeptMin
                || secondsKept > 0 && block.emittedAt >= oldest
            if isKept { break }
            excess += 1
        }
        // Dropping blocks one by one would move the whole array at every tick.
        guard excess >= 256 else { return }
        state.blocks.removeFirst(excess)
        state.dropped += excess
    }
}
