/// How full spool and disk may become before capture pauses, and how much room it takes to go on.
struct RoomPolicy: Equatable, Sendable {
    /// All that may lie in the spool, the open segment and `quarantine/` included.
    var capBytes: Int
    /// What must stay free of the spool's file system; 0 for no floor.
    var floorBytes: Int

    static let unbounded = RoomPolicy(capBytes: .max, floorBytes: 0)

    /// Capture goes on once an eighth of the cap, or of the floor, is free beyond it: at the edge
    /// itself each segment that is shipped would let in a moment's bytes and pause it again.
    static let resumeMarginDivisor = 8

    /// `quarantine/` may take a quarter of the cap: what can never be shipped must not crowd out
    /// what waits for the store.
    static let quarantineDivisor = 4

    var quarantineBytesMax: Int { capBytes / Self.quarantineDivisor }

    /// - Parameters:
    ///   - free: nil where the file system does not say; a write will then.
    ///   - wasFull: what the answer was last.
    func isFull(used: Int, free: Int?, wasFull: Bool) -> Bool {
        isAtCap(used: used, wasFull: wasFull) || isAtFloor(free: free, wasFull: wasFull)
    }

    func isAtCap(used: Int, wasFull: Bool) -> Bool {
        wasFull ? used > capBytes - capBytes / Self.resumeMarginDivisor : used >= capBytes
    }

    func isAtFloor(free: Int?, wasFull: Bool) -> Bool {
        guard let free, floorBytes > 0 else { return false }
        let missing = floorBytes - free
        return wasFull ? -missing < floorBytes / Self.resumeMarginDivisor : missing >= 0
    }
}
