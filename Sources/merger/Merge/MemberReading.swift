import Shared

/// One copy of a tweet in the slice at hand, and where its bytes lie.
struct LoadedCopy {
    var id: Int64
    var rank: CopyRank
    var digest: Int64
    /// Which of the buffers of the slice.
    var buffer = noBuffer
    var offset: Int32
    var bytes: Int32
    var zoneBit: Int8

    static let noBuffer: Int32 = -1

    static func precedes(_ left: LoadedCopy, _ right: LoadedCopy) -> Bool {
        (left.id, left.rank) < (right.id, right.rank)
    }

    var range: Range<Int> { Int(offset)..<Int(offset) + Int(bytes) }
}

/// What the lines of one member say about a partition.
struct MemberReading: Sendable {
    /// A line that is not a record.
    struct Aside {
        enum Kind {
            case notice(NoticeKind, TweetID?)
            case unreadable(UnreadableReason)
        }

        var kind: Kind
        var rank: CopyRank
        var range: Range<Int>
    }

    /// Holds the lines of ``copies`` and ``asides``, and perhaps others.
    var lines: LineBuffer
    /// Of the slice.
    var copies: [LoadedCopy] = []
    var asides: [Aside] = []
    /// Of the partition.
    var records = 0

    /// What is held in memory for it.
    var heldBytes: Int { lines.bytes.count + copies.count * MemoryLayout<LoadedCopy>.stride }

    private var keptBytes: Int {
        copies.reduce(0) { $0 + Int($1.bytes) } + asides.reduce(0) { $0 + $1.range.count }
    }

    /// Lets go of a buffer of which most is not needed: where members hold ids of many slices, what
    /// is held would otherwise be many times what is asked for.
    mutating func compact(_ pool: LineBufferPool) {
        guard keptBytes < lines.count / 2 else { return }
        var kept: [UInt8] = []
        kept.reserveCapacity(keptBytes)
        for index in copies.indices {
            let start = kept.count
            lines.withLine(copies[index].range) { kept.append(contentsOf: $0) }
            copies[index].offset = Int32(start)
        }
        for index in asides.indices {
            let start = kept.count
            lines.withLine(asides[index].range) { kept.append(contentsOf: $0) }
            asides[index].range = start..<kept.count
        }
        pool.give(lines)
        lines = LineBuffer(bytes: kept, count: kept.count)
    }
}
