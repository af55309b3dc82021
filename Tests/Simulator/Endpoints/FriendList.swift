/// Whom every account follows: some with old small ids, some with ids above 2^53.
struct FriendList: Sendable {
    /// Newest first.
    let ids: [Int]
    /// How many of the newest are suspended. They are taken out of a page after it was cut, so that
    /// a page may be short, or empty, without being the last.
    let suspendedCount: Int

    init(count: Int, suspendedCount: Int) {
        self.suspendedCount = suspendedCount
        ids = (0..<count).map { index in
            index % 2 == 0
                ? 700_000_000_000_000_000 + index * 7_919_000_000_123 : 12_000 + index * 7919
        }
    }

    func isSuspended(_ index: Int) -> Bool {
        index < suspendedCount
    }
}
