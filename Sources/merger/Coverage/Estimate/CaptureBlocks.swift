/// All minutes in which the same zones were connected, and the same recovered, in blocks that are treated as strata.
///
/// A minute stands alone where it holds `tweetsMin` tweets: how much zones lose changes from minute to
/// minute, and minutes that are thrown together hide what all zones lost in the bad ones. The error
/// that so few tweets bring is far below the scatter of what was missed. Minutes with fewer are
/// pooled with those that follow.
struct CaptureBlocks {
    /// From here on, Chapman's correction is without bias for any loss below one half.
    static let tweetsMin = 50

    let connected: UInt64
    /// Tweets of it that none of these zones saw, and another brought.
    private(set) var found = 0
    /// In order of time; without those in which no zone lacks anything.
    private(set) var blocks: [CaptureTable] = []
    /// All of it.
    private(set) var total: CaptureTable
    private var open: CaptureTable

    var zones: Int { total.zones }

    private init(connected: UInt64) {
        self.connected = connected
        total = CaptureTable(zones: connected.nonzeroBitCount)
        open = total
    }

    private struct Key: Hashable {
        var connected: UInt64
        var recovered: UInt64
    }

    /// In order of the first minute of each set of zones.
    static func group(_ strata: [CaptureStratum]) -> [CaptureBlocks] {
        var places: [Key: Int] = [:]
        var groups: [CaptureBlocks] = []
        for stratum in strata where stratum.isComparable {
            let key = Key(connected: stratum.connected, recovered: stratum.recovered)
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(CaptureBlocks(connected: stratum.connected))
            }
            groups[place].add(stratum)
        }
        for place in groups.indices { groups[place].close() }
        return groups
    }

    private mutating func add(_ stratum: CaptureStratum) {
        open.add(stratum)
        found += stratum.found
        if open.tweets >= Self.tweetsMin { close() }
    }

    private mutating func close() {
        total.add(open)
        if open.misses.contains(where: { $0 > 0 }) { blocks.append(open) }
        open = CaptureTable(zones: zones)
    }
}
