/// What makes two worlds the same.
struct WorldSettings: Sendable {
    var shape: WorldShape
    var seed: UInt64
    var posts: Int
    /// Posts a second.
    var rate: Double
    /// How much later than a higher id a post may be delivered.
    var jitterMilliseconds: Int
    /// Notices per post, 0 to 1.
    var noticeShare: Double
    /// Share of posts in valid but awkward JSON, 0 to 1.
    var awkwardShare: Double
}
