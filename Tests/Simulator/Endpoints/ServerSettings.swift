/// How the simulated servers behave.
struct ServerSettings: Sendable {
    var shape: WorldShape
    var posts: Int
    /// Emission begins when so many stream connections are open; 0 is at once.
    var waitFor: Int
    /// Nil is what X documents: 20 s for v2, 30 s for v1.1.
    var keepAliveSeconds: Double?
    var connectionsPerZone: Int
    /// Whether a v2 connection too many cuts the oldest instead of being refused: the documents of
    /// X say both.
    var replacesOldest: Bool
    var slowReaderBytes: Int
    var backfillZones: [String]
    /// How long a minute of `backfill_minutes` is.
    var minuteSeconds: Double
    /// How far the servers' clock is ahead.
    var clockOffsetSeconds: Double
    /// Requests for a stream that a zone may make in a window; 0 is without limit.
    var connectsPerWindow: Int
    var rateLimitWindowSeconds: Int
    var requiresRules: Bool
    /// What the plan allows.
    var rulesMax: Int
    var ruleLengthMax: Int
    /// At the start.
    var friends: FriendList
    var friendsPerPage: Int
}
