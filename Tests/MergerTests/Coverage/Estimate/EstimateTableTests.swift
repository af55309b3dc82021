import Foundation
import Testing

@testable import merger

/// Prints the tables of `docs/ESTIMATE.md`, from as many worlds of each kind as `ESTIMATE_WORLDS` says:
/// `ESTIMATE_WORLDS=200 swift test --filter EstimateTableTests`.
struct EstimateTableTests {
    struct Kind: Sendable {
        var name: String
        var losses: [[Double?]]
        var sharedByTwo = 0.0
        var sharedByAll = 0.0

        init(_ name: String, _ losses: [Double], sharedByTwo: Double = 0, sharedByAll: Double = 0) {
            self.name = name
            self.losses = Array(
                repeating: losses.map(Optional.some), count: EstimateTableTests.minutes)
            self.sharedByTwo = sharedByTwo
            self.sharedByAll = sharedByAll
        }

        /// Each tenth minute is a bad one for all zones.
        static func bursts(_ zones: Int) -> Kind {
            var kind = Kind("\(zones), 20 % in each 10th minute, else 0.1 %", [])
            kind.losses = (0..<EstimateTableTests.minutes).map {
                Array(repeating: $0 % 10 == 3 ? 0.2 : 0.001, count: zones)
            }
            return kind
        }
    }

    static let minutes = 30
    /// Of some hundred worlds whose intervals hold nineteen times of twenty.
    private static let heldMin = 0.9
    private static let worlds = ProcessInfo.processInfo.environment["ESTIMATE_WORLDS"]
        .flatMap { UInt64($0) }

    private static let kinds =
        [2, 3, 4, 5].flatMap { zones in
            [0.0001, 0.01, 0.05, 0.2].map { loss in
                Kind("\(zones), \(100 * loss) % each", Array(repeating: loss, count: zones))
            }
        } + [
            Kind("2, 20 and 0.1 %", [0.2, 0.001]), Kind("3, 20, 0.1 and 5 %", [0.2, 0.001, 0.05]),
            Kind("4, 20, 1, 5 and 20 %", [0.2, 0.01, 0.05, 0.2]),
            .bursts(2), .bursts(3), .bursts(4),
            Kind("3, 5 % each, 2 % shared by two", [0.05, 0.05, 0.05], sharedByTwo: 0.02),
            Kind("4, 10 % each, 2 % shared by two", [0.1, 0.1, 0.1, 0.1], sharedByTwo: 0.02),
            Kind("2, 5 % each, 0.5 % shared by all", [0.05, 0.05], sharedByAll: 0.005),
            Kind("3, 5 % each, 0.5 % shared by all", [0.05, 0.05, 0.05], sharedByAll: 0.005),
        ]

    @Test(.enabled(if: worlds != nil))
    func `intervals hold in every kind of world but those that all zones lose in`() throws {
        print("| Zones and their loss | Rate | Missed | Estimated | Held | Below | Above |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for kind in Self.kinds {
            for rate in [1.0, 50, 5000] {
                let world = CaptureWorld(
                    tweets: 60 * rate, losses: kind.losses, sharedByTwo: kind.sharedByTwo,
                    sharedByAll: kind.sharedByAll)
                let tally = try IntervalCoverageTests.tally(world, worlds: Self.worlds ?? 0).missed
                if kind.sharedByAll == 0 {
                    #expect(tally.held / tally.worlds >= Self.heldMin, "\(kind.name), \(rate)/s")
                }
                let means = [tally.truth, tally.estimate].map { shown($0 / tally.worlds) }
                let shares = [tally.held, tally.below, tally.above].map {
                    String(format: "%.1f %%", 100 * $0 / tally.worlds)
                }
                print(
                    "| \(([kind.name, "\(Int(rate))/s"] + means + shares).joined(separator: " | ")) |"
                )
            }
        }
    }

    private func shown(_ number: Double) -> String {
        number >= 100 ? "\(Int(number.rounded()))" : String(format: "%.2g", number)
    }
}
