/// Whom every account follows: some with old small ids, some with ids above 2^53.
struct FriendList: Sendable {
    let count: Int

    /// Newest first.
    var ids: [Int] {
        (0..<count).map { index in
            index % 2 == 0
                ? 700_000_000_000_000_000 + index * 7_919_000_000_123 : 12_000 + index * 7919
        }
    }
}
