import Testing

@testable import merger

struct StratifiedEstimatorTests {
    /// Of figures that two programs came to on different ways.
    private static let tolerance = 1e-8

    private func isNear(_ figure: MissedEstimate.Figure, _ expected: [Double]) -> Bool {
        zip([figure.value, figure.low, figure.high], expected).allSatisfy {
            abs($0 - $1) <= Self.tolerance * max(1, abs($1))
        }
    }

    private func minute(
        _ counts: [UInt64: Int], connected: UInt64 = 0b11, recovered: UInt64 = 0, found: Int = 0
    ) -> CaptureStratum {
        CaptureStratum(
            connected: connected, milliseconds: 60_000, counts: counts, recovered: recovered,
            found: found)
    }

    @Test(arguments: EstimateFixture.all.map(\.name))
    func `all figures are those of numpy, scipy and statsmodels`(name: String) throws {
        let world = try #require(EstimateFixture.all.first { $0.name == name })
        let expected = world.expected
        let estimate = try #require(StratifiedEstimator.estimate(world.captured))
        #expect(estimate.model == expected.models[0].name)
        #expect(isNear(estimate.missed, expected.models[0].figure), "\(estimate.missed)")
        #expect(estimate.models.map(\.name) == expected.models.map(\.name))
        for (model, other) in zip(estimate.models, expected.models) {
            #expect(isNear(model.missed, other.figure), "\(model) \(other.figure)")
        }
        #expect(isNear(estimate.blind, expected.blind), "\(estimate.blind) \(expected.blind)")
        #expect(isNear(estimate.completeness, expected.completeness), "\(estimate.completeness)")
        #expect(estimate.strata == expected.strata)
        #expect(estimate.tweets == expected.tweets)
        #expect(estimate.blindMs == expected.blindMs)
    }

    @Test func `nothing is estimated where no two zones were connected together`() {
        let alone = [minute([1: 9], connected: 1), minute([2: 9], connected: 2)]
        for strata in [alone, [], [minute([:], connected: 0)]] {
            #expect(StratifiedEstimator.estimate(strata) == nil)
            #expect(
                StratifiedEstimator.refusal(of: strata)
                    == "no two zones were connected at the same time")
        }
    }

    @Test func `nothing is estimated where zones that were connected saw nothing`() {
        let strata = [minute([:]), minute([1: 9], connected: 1)]
        #expect(StratifiedEstimator.estimate(strata) == nil)
        #expect(
            StratifiedEstimator.refusal(of: strata)
                == "no tweet was seen while two zones were connected")
    }

    @Test(arguments: [2, 3, 5, 64])
    func `zones that lost nothing leave a small doubt, and none of it is 0`(zones: Int) throws {
        let all = UInt64.max >> UInt64(64 - zones)
        let strata = Array(repeating: minute([all: 600], connected: all), count: 10)
        let estimate = try #require(StratifiedEstimator.estimate(strata))
        #expect(estimate.missed.value == 0)
        #expect(estimate.missed.low == 0)
        #expect(estimate.missed.high > 0)
        #expect(estimate.missed.high < 0.1)
        #expect(estimate.completeness.high == 100)
        #expect(estimate.completeness.low > 99.99)
    }

    @Test func `zones that share no tweet give a wide interval and no infinity`() throws {
        let estimate = try #require(
            StratifiedEstimator.estimate([minute([0b01: 10, 0b10: 10])]))
        // Chapman: 11 x 11 / 1 - 1 animals, of which 20 were caught.
        #expect(estimate.missed.value == 100)
        #expect(estimate.missed.low < 30)
        #expect(estimate.missed.high > 300)
        #expect(estimate.missed.high < 1000)
    }

    @Test func `what another zone found is not missed, and says nothing of other minutes`() throws {
        // Chapman: 10 x 10 / (99 + 1) missed in each minute.
        let counts: [UInt64: Int] = [0b01: 10, 0b10: 10, 0b11: 99]
        func estimate(_ found: [Int]) throws -> MissedEstimate {
            let strata =
                found.map { minute(counts, recovered: 0b100, found: $0) }
                + Array(repeating: minute(counts), count: 5)
            return try #require(StratifiedEstimator.estimate(strata))
        }
        let none = try estimate([0, 0, 0, 0, 0])
        #expect(abs(none.missed.value - 10) < 1e-9)
        let some = try estimate([1, 0, 1, 0, 1])
        #expect(abs(some.missed.value - 7) < 1e-9)
        #expect(some.missed.low == max(0, none.missed.low - 3))
        #expect(abs(some.missed.high - (none.missed.high - 3)) < 1e-9)
        #expect(abs(some.completeness.value - 100 * 1193 / 1200) < 1e-9)
        let many = try estimate([200, 0, 200, 0, 0])
        #expect(abs(many.missed.value - 5) < 1e-9)
        #expect(many.missed.high > 5)
    }

    @Test func `sixty-four zones are left to the bound, which says so`() throws {
        let all = UInt64.max
        var counts: [UInt64: Int] = [all: 1000]
        for zone in 0..<UInt64(64) { counts[1 << zone] = 3 }
        for zone in 0..<UInt64(63) { counts[3 << zone] = 2 }
        let estimate = try #require(
            StratifiedEstimator.estimate([minute(counts, connected: all)]))
        #expect(estimate.model == "chao")
        #expect(estimate.models.count == 1)
        // 64 x 63 / 2 pairs of zones that saw 3 tweets each alone, over 63 x 2 + 1.
        #expect(abs(estimate.missed.value - 2016 * 9 / 127) < 1e-9)
        #expect(estimate.assumptions.contains { $0.contains("Chao's lower bound") })
    }

    @Test func `another numbering of the zones changes nothing`() throws {
        let world = try #require(EstimateFixture.all.first { $0.name.contains("outages") })
        func renamed(_ mask: UInt64) -> UInt64 {
            (mask & 1) << 5 | (mask >> 1 & 1) << 3 | (mask >> 2 & 1) << 40
        }
        let other = world.captured.map { stratum in
            CaptureStratum(
                connected: renamed(stratum.connected), milliseconds: stratum.milliseconds,
                counts: Dictionary(
                    uniqueKeysWithValues: stratum.counts.map { (renamed($0.key), $0.value) }))
        }
        let first = try #require(StratifiedEstimator.estimate(world.captured))
        let second = try #require(StratifiedEstimator.estimate(other))
        #expect(isNear(first.missed, [second.missed.value, second.missed.low, second.missed.high]))
        #expect(isNear(first.blind, [second.blind.value, second.blind.low, second.blind.high]))
    }

    @Test func `dependence that was found is said beside the figure`() throws {
        let world = try #require(EstimateFixture.all.first { $0.name.hasPrefix("four zones") })
        let estimate = try #require(StratifiedEstimator.estimate(world.captured))
        #expect(estimate.assumptions[0].contains("1 pair of zones"))
        #expect(estimate.assumptions.contains { $0.contains("lower bound") })
    }
}
