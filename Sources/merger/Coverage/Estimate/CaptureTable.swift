/// Tweets by the zones that lack them, of time in which the same zones were connected.
///
/// Zones are numbered from 0 within it; a set of zones is a mask over these numbers.
struct CaptureTable {
    var zones: Int
    /// Tweets by the mask of the zones that did not see them; never all of them, never a zero.
    private(set) var lacking: [UInt64: Int] = [:]
    private(set) var tweets = 0
    /// By zone: tweets that it lacks.
    private(set) var misses: [Int]
    /// By zone: tweets that no other zone saw.
    private(set) var single: [Int]
    /// Tweets that exactly two zones saw.
    private(set) var pairs = 0

    init(zones: Int) {
        self.zones = zones
        misses = Array(repeating: 0, count: zones)
        single = misses
    }

    /// Adds what a minute saw; a zone that was not connected in it does not count.
    mutating func add(_ stratum: CaptureStratum) {
        precondition(stratum.connected.nonzeroBitCount == zones, "another set of zones")
        let bits = (0..<64).filter { stratum.connected & (1 << UInt64($0)) != 0 }
        for (seenBy, count) in stratum.counts where count > 0 {
            var lacks: UInt64 = 0
            for (zone, bit) in bits.enumerated() where seenBy & (1 << UInt64(bit)) == 0 {
                lacks |= 1 << UInt64(zone)
            }
            add(lacks, count)
        }
    }

    mutating func add(_ other: CaptureTable) {
        for (lacks, count) in other.lacking { add(lacks, count) }
    }

    private mutating func add(_ lacks: UInt64, _ count: Int) {
        let seen = zones - lacks.nonzeroBitCount
        guard seen > 0 else { return }
        lacking[lacks, default: 0] += count
        tweets += count
        if seen == 2 { pairs += count }
        for zone in 0..<zones {
            if lacks & (1 << UInt64(zone)) != 0 {
                misses[zone] += count
            } else if seen == 1 {
                single[zone] += count
            }
        }
    }
}
