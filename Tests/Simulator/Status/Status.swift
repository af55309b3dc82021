/// What the simulator has done so far.
struct Status: Codable, Sendable {
    struct Zone: Codable, Sendable {
        var open: Int
        var counts: ZoneCounts
        /// By kind.
        var faultsFired: [String: Int]
    }

    struct FaultReport: Codable, Sendable {
        var zone: String
        var kind: FaultKind
        var at: Int
        var until: Int?
        var fired: Int
    }

    var world: WorldShape
    var phase: EmissionLog.Phase
    var finished: Bool
    var posts: Int
    var postsEmitted: Int
    var noticesEmitted: Int
    var zones: [String: Zone]
    var faults: [FaultReport]

    init(services: Services) {
        // The phase is read first: finished then never stands beside fewer posts than there are.
        phase = services.log.phase
        finished = phase == .finished
        world = services.settings.shape
        posts = services.settings.posts
        (postsEmitted, noticesEmitted) = services.log.counts
        faults = services.board.all.map {
            FaultReport(zone: $0.zone, kind: $0.kind, at: $0.at, until: $0.until, fired: $0.fired)
        }
        let connections = services.ledger.connections
        var zones: [String: Zone] = [:]
        for (name, counts) in services.ledger.zones {
            var fired: [String: Int] = [:]
            for fault in faults where fault.zone == name && fault.fired > 0 {
                fired[fault.kind.rawValue, default: 0] += fault.fired
            }
            zones[name] = Zone(
                open: connections.count { $0.zone == name && $0.isReady && $0.closedAt == nil },
                counts: counts, faultsFired: fired)
        }
        self.zones = zones
    }
}
