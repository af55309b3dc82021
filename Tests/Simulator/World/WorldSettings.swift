/// What makes two worlds the same.
struct WorldSettings: Sendable {
    var shape: WorldShape
    var seed: UInt64
    var posts: Int
    /// Posts a second.
    var rate: Double
    /// How many seconds of ids a second of delivery stands for.
    var timeLapse: Int
    /// Every so many seconds the last one has ``burstFactor`` times the posts; nil for an even stream.
    var burstEverySeconds: Double?
    /// How much later than a higher id a post may be delivered.
    var jitterMilliseconds: Int
    /// Notices per post, 0 to 1.
    var noticeShare: Double
    /// Share of posts in valid but awkward JSON, 0 to 1.
    var awkwardShare: Double
    /// Whether v2 posts have only the fields that X sends unasked.
    var isBrief: Bool

    static let burstFactor = 10.0

    /// When a post is made, in milliseconds since the start, by its place among all posts.
    func milliseconds(ofPost place: Double) -> Double {
        guard let burstEverySeconds else { return place * 1000 / rate }
        let calmPosts = rate * (burstEverySeconds - 1)
        let periodPosts = calmPosts + rate * Self.burstFactor
        let periods = (place / periodPosts).rounded(.down)
        let rest = place - periods * periodPosts
        let seconds =
            rest < calmPosts
            ? rest / rate
            : burstEverySeconds - 1 + (rest - calmPosts) / (rate * Self.burstFactor)
        return (periods * burstEverySeconds + seconds) * 1000
    }
}
