/// Lines that a connection sends next.
struct Batch {
    var bytes: [UInt8] = []
    /// Where each line ends in `bytes`.
    var lineEnds: [Int] = []
    /// The numbers of the posts among the lines; empty when there are only notices.
    var posts: Range<Int>
    var noticeCount = 0

    var isEmpty: Bool { lineEnds.isEmpty }
}
