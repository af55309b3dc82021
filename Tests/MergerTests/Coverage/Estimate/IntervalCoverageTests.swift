import Glibc
import Testing

@testable import merger

/// How often the interval holds the truth, over worlds of which the truth is known.
///
/// With `ESTIMATE_SEEDS` in the environment, `docs/ESTIMATE.md`'s table is printed from so many worlds
/// of each kind.
struct IntervalCoverageTests {
    struct Kind: CustomTestStringConvertible {
        var name: String
        var world: CaptureWorld

        var testDescription: String { name }
    }

    struct Tally {
        var worlds = 0
        var held = 0
        var below = 0
        var above = 0
        var truth = 0.0
        var estimate = 0.0
        var width = 0.0
        var models: [String: Int] = [:]
    }

    static func tally(_ world: CaptureWorld, seeds: Range<UInt64>) -> Tally {
        var tally = Tally()
        for seed in seeds {
            let outcome = world.outcome(seed: seed)
            let zones = world.losses.first?.count ?? 0
            guard let estimate = StratifiedEstimator.estimate(outcome.strata, zones: zones) else {
                continue
            }
            let truth = Double(outcome.missed)
            tally.worlds += 1
            tally.truth += truth
            tally.estimate += estimate.missed.value
            tally.width += estimate.missed.high - estimate.missed.low
            if truth > estimate.missed.high {
                tally.above += 1
            } else if truth < estimate.missed.low {
                tally.below += 1
            } else {
                tally.held += 1
            }
            tally.models[estimate.model, default: 0] += 1
        }
        return tally
    }

    static func constant(_ losses: [Double], minutes: Int) -> [[Double?]] {
        Array(repeating: losses, count: minutes)
    }

    static var longKinds: [Kind] {
        func kind(
            _ name: String, _ rate: Double, _ losses: [[Double?]], two: Double = 0, all: Double = 0
        ) -> Kind {
            Kind(
                name: "\(name), \(rate)/s",
                world: CaptureWorld(
                    tweets: rate * 60, losses: losses, sharedByTwo: two, sharedByAll: all))
        }
        func bursts(_ zones: Int, _ minutes: Int = 60) -> [[Double?]] {
            (0..<minutes).map { Array(repeating: $0 % 10 == 3 ? 0.2 : 0.001, count: zones) }
        }
        var kinds: [Kind] = []
        for rate in [0.1, 1, 50, 1000] {
            kinds.append(kind("uneven 2", rate, constant([0.2, 0.001], minutes: 60)))
            kinds.append(kind("uneven 3", rate, constant([0.2, 0.001, 0.05], minutes: 60)))
            kinds.append(kind("uneven 4", rate, constant([0.2, 0.01, 0.05, 0.2], minutes: 60)))
            kinds.append(kind("bursts 2", rate, bursts(2)))
            kinds.append(kind("bursts 3", rate, bursts(3)))
            kinds.append(kind("bursts 4", rate, bursts(4)))
            kinds.append(
                kind(
                    "shared by 2 of 3", rate, constant([0.05, 0.05, 0.05], minutes: 60), two: 0.02))
            kinds.append(
                kind(
                    "shared by 2 of 4", rate, constant([0.05, 0.05, 0.05, 0.2], minutes: 60),
                    two: 0.02))
            kinds.append(
                kind("shared by all 2", rate, constant([0.05, 0.05], minutes: 60), all: 0.005))
            kinds.append(
                kind(
                    "shared by all 3", rate, constant([0.05, 0.05, 0.05], minutes: 60), all: 0.005))
        }
        return kinds
    }

    private static var seedsWanted: UInt64? {
        getenv("ESTIMATE_SEEDS").flatMap { UInt64(String(cString: $0)) }
    }

    @Test(.enabled(if: seedsWanted != nil))
    func `prints the table`() {
        for kind in Self.longKinds {
            let tally = Self.tally(kind.world, seeds: 0..<(Self.seedsWanted ?? 0))
            let n = Double(tally.worlds)
            print(
                "| \(kind.name) | \(tally.truth / n) | \(tally.estimate / n) | \(100 * Double(tally.held) / n) | below \(tally.below) above \(tally.above) | \(tally.width / n) | \(tally.models)"
            )
        }
    }
}
