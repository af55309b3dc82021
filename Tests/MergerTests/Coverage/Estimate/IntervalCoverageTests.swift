import Glibc
import Testing

@testable import merger

/// How often the 95 % interval holds the truth, over worlds of which the truth is known;
/// ``EstimateTableTests`` prints the same of more kinds of worlds.
struct IntervalCoverageTests {
    struct Tally {
        var worlds = 0.0
        var held = 0.0
        var truth = 0.0
        var estimate = 0.0
        /// Worlds in which even the upper end is below the truth, and those in which the lower is above.
        var below = 0.0
        var above = 0.0

        mutating func add(_ truth: Int, _ figure: MissedEstimate.Figure) {
            worlds += 1
            self.truth += Double(truth)
            estimate += figure.value
            if Double(truth) > figure.high {
                below += 1
            } else if Double(truth) < figure.low {
                above += 1
            } else {
                held += 1
            }
        }

        /// How often 95 % must at least have held, so that a right interval fails 1 time in 1,000.
        var heldMin: Double { 0.95 * worlds - 3.1 * sqrt(worlds * 0.95 * 0.05) }
    }

    static func tally(_ world: CaptureWorld, worlds: UInt64) throws -> (missed: Tally, blind: Tally)
    {
        var missed = Tally()
        var blind = Tally()
        for seed in 0..<worlds {
            let outcome = world.outcome(seed: seed)
            let estimate = try #require(StratifiedEstimator.estimate(outcome.strata))
            missed.add(outcome.missed, estimate.missed)
            blind.add(outcome.missedBlind, estimate.blind)
        }
        return (missed, blind)
    }

    @Test(arguments: [
        CaptureWorld(perSecond: 1, minutes: 10, losses: [0.2, 0.05]),
        CaptureWorld(perSecond: 50, minutes: 3, losses: [0.01, 0.01]),
        CaptureWorld(perSecond: 5000, minutes: 2, losses: [0.2, 0.001]),
        CaptureWorld(perSecond: 5000, minutes: 2, losses: [0.0001, 0.0001]),
        CaptureWorld(perSecond: 50, minutes: 2, losses: [0.2, 0.1, 0.05]),
        CaptureWorld(perSecond: 1000, minutes: 2, losses: [0.01, 0.2, 0.05]),
        CaptureWorld(perSecond: 50, minutes: 2, losses: [0.2, 0.1, 0.2, 0.05]),
    ])
    func `the interval holds the truth where zones lose independently`(
        world: CaptureWorld
    ) throws {
        let tally = try Self.tally(world, worlds: 200).missed
        #expect(tally.held >= tally.heldMin, "\(tally)")
    }

    @Test func `a way that two of three zones share is found and allowed for`() throws {
        var world = CaptureWorld(perSecond: 100, minutes: 2, losses: [0.1, 0.1, 0.2])
        world.sharedByTwo = 0.05
        let tally = try Self.tally(world, worlds: 200).missed
        #expect(tally.held >= tally.heldMin, "\(tally)")
    }

    @Test(arguments: [2, 3])
    func `what is lost on a way that all zones share makes the figure a lower bound`(
        zones: Int
    ) throws {
        var world = CaptureWorld(
            perSecond: 50, minutes: 2, losses: Array(repeating: 0.1, count: zones))
        world.sharedByAll = 0.01
        let tally = try Self.tally(world, worlds: 100).missed
        #expect(tally.truth / tally.estimate > 1.5, "\(tally)")
        #expect(tally.above == 0, "\(tally)")
    }

    @Test func `a stream that swells and ebbs is allowed for where no zone was connected`() throws {
        var losses: [[Double?]] = Array(repeating: [0.05, 0.1], count: 240)
        for minute in 100..<115 { losses[minute] = [nil, nil] }
        for minute in 150..<170 { losses[minute] = [0.05, nil] }
        let world = CaptureWorld(tweets: 600, swing: 0.3, losses: losses)
        let tally = try Self.tally(world, worlds: 60).blind
        #expect(tally.held >= tally.heldMin, "\(tally)")
        #expect(abs(tally.estimate / tally.truth - 1) < 0.15, "\(tally)")
    }
}
