import Shared

/// How many tweets which zones saw, and what each zone lacks of their union.
struct ZoneSetCounts: Encodable {
    struct ZoneRow: Encodable {
        var zone: Zone
        var tweets: Int
        /// Tweets that another zone saw and this one did not.
        var lacks: Int
        /// Tweets that no other zone saw.
        var onlyHere: Int
        /// How long it was connected, in milliseconds, as far as its manifests say.
        var connectedMs: Int64
    }

    struct ZoneSet: Encodable {
        var zones: [Zone]
        var tweets: Int
    }

    private(set) var tweets = 0
    private(set) var zones: [ZoneRow] = []
    /// Every combination of zones that saw the same tweets.
    private(set) var sets: [ZoneSet] = []

    private var counts: [[Zone]: Int] = [:]
    private var connected: [Zone: Int64] = [:]

    private enum CodingKeys: String, CodingKey {
        case tweets, zones, sets
    }

    mutating func add(_ index: PartitionIndex) throws {
        for (zones, count) in try index.zoneSets() { counts[zones, default: 0] += count }
        for (zone, time) in try index.connectedTime() { connected[zone, default: 0] += time }
    }

    /// Sums up what was added.
    mutating func finish() {
        tweets = counts.values.reduce(0, +)
        sets = counts.map { ZoneSet(zones: $0.key, tweets: $0.value) }.sorted {
            ($1.zones.count, $1.tweets) < ($0.zones.count, $0.tweets)
        }
        zones = Set(counts.keys.joined()).union(connected.keys).sorted().map { zone in
            let seen = sets.filter { $0.zones.contains(zone) }.reduce(0) { $0 + $1.tweets }
            return ZoneRow(
                zone: zone, tweets: seen, lacks: tweets - seen, onlyHere: counts[[zone]] ?? 0,
                connectedMs: connected[zone] ?? 0)
        }
    }
}

extension PartitionIndex {
    fileprivate func zoneSets() throws -> [(zones: [Zone], count: Int)] {
        let zones = try zones()
        let statement = try database.prepare("SELECT zones, count(*) FROM tweet GROUP BY zones")
        var sets: [([Zone], Int)] = []
        while try statement.step() {
            let mask = statement.integer(0)
            let members = zones.enumerated().filter { mask & (1 << Int64($0.offset)) != 0 }
            sets.append((members.map(\.element).sorted(), Int(statement.integer(1))))
        }
        return sets
    }

    fileprivate func connectedTime() throws -> [(zone: Zone, milliseconds: Int64)] {
        let statement = try database.prepare(
            """
            SELECT zone.name, sum(connection.last - connection.first) FROM connection
                JOIN segment ON segment.number = connection.segment
                JOIN zone ON zone.bit = segment.zone
            GROUP BY zone.name
            """)
        var times: [(Zone, Int64)] = []
        while try statement.step() {
            if let zone = Zone(statement.text(0)) { times.append((zone, statement.integer(1))) }
        }
        return times
    }
}
