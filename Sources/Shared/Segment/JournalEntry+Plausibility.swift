/// What a listener can have written: a journal comes from a disk that lived through a crash, and
/// what is counted on with its numbers must not overflow.
extension JournalEntry {
    /// Settings allow a segment to stay open for ten years at most.
    static let openMillisecondsMax: Int64 = 3650 * 86_400_000
    /// 1 PiB: no disk holds an open segment of that size, or so many lines.
    static let countMax = 1 << 50

    var isPlausible: Bool {
        switch self {
        case .begin, .opened, .closed, .clock: true
        case .overlong(let facts): Self.isCount(facts.lines) && Self.isCount(facts.bytes)
        case .sync(let point):
            (0...Self.openMillisecondsMax).contains(point.ms) && Self.isCount(point.lines)
                && Self.isCount(point.bytes) && Self.isCount(point.lineFeeds ?? 0)
        }
    }

    private static func isCount(_ number: Int) -> Bool { (0...countMax).contains(number) }
}
