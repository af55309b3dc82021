import Glibc
import TestSupport

@testable import merger

/// Minutes of a stream of which it is known what each zone lost, and what all of them did.
struct CaptureWorld {
    /// Mean number of tweets in a minute.
    var tweets: Double
    /// By which share the rate rises and falls, once in two hours.
    var swing = 0.0
    /// By minute and zone: the chance that the zone loses a tweet. Nil: it is not connected.
    var losses: [[Double?]]
    /// The chance that a tweet is lost on a way that zones 0 and 1 share, so that both lack it.
    var sharedByTwo = 0.0
    /// The same, shared by all zones.
    var sharedByAll = 0.0

    struct Outcome {
        var strata: [CaptureStratum] = []
        /// Lost by all while at least two zones were connected, and while fewer were.
        var missed = 0
        var missedBlind = 0
    }

    /// Every cell of a minute is a Poisson number of its own, as the parts of a Poisson stream are.
    func outcome(seed: UInt64) -> Outcome {
        var random = SplitMix64(seed: seed)
        var outcome = Outcome()
        for (number, minute) in losses.enumerated() {
            let rate = tweets * (1 + swing * sin(2 * .pi * Double(number) / 120))
            let connected = minute.indices.filter { minute[$0] != nil }
            let mask = connected.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
            var stratum = CaptureStratum(connected: mask, milliseconds: 60_000, counts: [:])
            for subset in 0..<(UInt64(1) << UInt64(connected.count)) {
                var seenBy: UInt64 = 0
                for (place, zone) in connected.enumerated() where subset & (1 << UInt64(place)) != 0
                {
                    seenBy |= 1 << UInt64(zone)
                }
                let count = random.poisson(rate * chance(seenBy, minute))
                if seenBy != 0 {
                    if count > 0 { stratum.counts[seenBy] = count }
                } else if connected.count >= 2 {
                    outcome.missed += count
                } else {
                    outcome.missedBlind += count
                }
            }
            outcome.strata.append(stratum)
        }
        return outcome
    }

    private func chance(_ seenBy: UInt64, _ minute: [Double?]) -> Double {
        var chance = 1.0
        for (zone, loss) in minute.enumerated() {
            guard let loss else { continue }
            let isSeen = seenBy & (1 << UInt64(zone)) != 0
            // What the shared way loses is lost to both, whatever each loses on its own.
            chance *= isSeen ? 1 - loss : loss
        }
        let others = minute.enumerated().reduce(1.0) { product, zone in
            guard zone.offset > 1, let loss = zone.element else { return product }
            return product * (seenBy & (1 << UInt64(zone.offset)) != 0 ? 1 - loss : loss)
        }
        chance = (1 - sharedByTwo) * chance + (seenBy & 3 == 0 ? sharedByTwo * others : 0)
        return (1 - sharedByAll) * chance + (seenBy == 0 ? sharedByAll : 0)
    }
}

extension CaptureWorld {
    /// Zones that are always connected and lose the same in every minute.
    init(perSecond: Double, minutes: Int, losses: [Double]) {
        self.init(
            tweets: perSecond * 60,
            losses: Array(repeating: losses.map(Optional.some), count: minutes))
    }
}

extension SplitMix64 {
    private mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }

    /// By multiplication below 30, else by transformed rejection (Hörmann 1993, PTRS).
    mutating func poisson(_ mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        if mean < 30 {
            let limit = exp(-mean)
            var product = unit()
            var count = 0
            while product > limit {
                product *= unit()
                count += 1
            }
            return count
        }
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let inverse = 1.1239 + 1.1328 / (b - 3.4)
        while true {
            let u = unit() - 0.5
            let v = unit()
            let us = 0.5 - abs(u)
            guard us > 0 else { continue }
            let k = floor((2 * a / us + b) * u + mean + 0.43)
            if us >= 0.07, v <= 0.9277 - 3.6224 / (b - 2) { return Int(k) }
            if k < 0 || (us < 0.013 && v > us) { continue }
            if log(v * inverse / (a / (us * us) + b)) <= k * log(mean) - mean - lgamma(k + 1) {
                return Int(k)
            }
        }
    }
}
