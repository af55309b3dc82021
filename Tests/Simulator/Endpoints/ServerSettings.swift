/// How the simulated servers behave.
struct ServerSettings: Sendable {
    var shape: WorldShape
    var posts: Int
    /// Emission begins when so many stream connections are open; 0 is at once.
    var waitFor: Int
    /// Nil is what X documents: 20 s for v2, 30 s for v1.1.
    var keepAliveSeconds: Double?
    var connectionsPerZone: Int
    var slowReaderBytes: Int
    var backfillZones: [String]
    /// How long a minute of `backfill_minutes` is.
    var minuteSeconds: Double
    /// How far the servers' clock is ahead.
    var clockOffsetSeconds: Double
    var rateLimitWindowSeconds: Int
    var requiresRules: Bool
    var friends: Int
    var friendsPerPage: Int
}
