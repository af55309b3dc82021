/// How much a zone loses of what the others saw while it was connected.
struct ZoneLoss {
    private(set) var lost = 0.0
    private(set) var exposed = 0.0
    /// Of the loss, over minutes, by the tweets in them.
    private var scatter = 0.0

    private static let halfEvent = 0.5

    /// By the bit of the zone; only of zones that were exposed to a tweet of another.
    static func byZone(_ strata: [CaptureStratum]) -> [UInt64: ZoneLoss] {
        var minutes: [UInt64: [(lost: Double, exposed: Double)]] = [:]
        for stratum in strata where stratum.isComparable {
            for bit in 0..<64 where stratum.connected & (1 << UInt64(bit)) != 0 {
                let zone: UInt64 = 1 << UInt64(bit)
                let others = stratum.counts.filter { $0.key & ~zone != 0 }
                let exposed = others.values.reduce(0, +)
                guard exposed > 0 else { continue }
                let lost = others.reduce(0) { $0 + ($1.key & zone == 0 ? $1.value : 0) }
                minutes[zone, default: []].append((Double(lost), Double(exposed)))
            }
        }
        return minutes.mapValues(ZoneLoss.init)
    }

    private init(_ minutes: [(lost: Double, exposed: Double)]) {
        for minute in minutes {
            lost += minute.lost
            exposed += minute.exposed
        }
        let mean = lost / exposed
        for minute in minutes {
            let own = minute.lost / minute.exposed - mean
            scatter += minute.exposed / exposed * own * own
        }
    }

    /// What it missed while it alone was connected and saw so many tweets. All of that time may run at
    /// another loss than the rest: it is taken to scatter as much as it does from minute to minute.
    func missed(beside tweets: Int) -> Moments {
        let share = min(lost, exposed - Self.halfEvent) / exposed
        let seen = Double(tweets)
        let value = seen * share / (1 - share)
        let slope = seen / ((1 - share) * (1 - share))
        return Moments(
            value: value, variance: value / (1 - share) + slope * slope * scatter,
            least: seen * Self.halfEvent / exposed, doubt: 1 / Self.halfEvent)
    }
}
