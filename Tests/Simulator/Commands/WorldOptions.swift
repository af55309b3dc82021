import ArgumentParser
import Foundation

/// The options that make a world; `serve` and `emit` have them in common.
struct WorldOptions: ParsableArguments {
    @Option(help: "Shape of the posts: v2, v1 or mixed.")
    var world = WorldShape.v2

    @Option(help: "The same seed and start make the same bytes.")
    var seed: UInt64 = 1

    @Option(help: "How many posts there are.")
    var posts = 30_000

    @Option(help: "Posts a second.")
    var rate = 3000.0

    @Option(help: "Seconds of ids that pass in one second of delivery.")
    var timeLapse = 1

    @Option(help: "Every so many seconds one second has ten times the posts.")
    var burstEvery: Double?

    @Flag(help: "Give v2 posts only the fields that X sends unasked.")
    var brief = false

    @Option(help: "Seconds a post may be delivered after a higher id.")
    var jitter = 2.0

    @Option(help: "Notices per post, 0 to 1.")
    var notices = 0.0

    @Option(help: "Share of posts in valid JSON that careless readers get wrong, 0 to 1.")
    var awkward = 0.0

    @Option(
        help: "Time of the first id, as 2026-11-22T18:00:00Z or milliseconds since 1970; else now.")
    var startTime: String?

    var settings: WorldSettings {
        WorldSettings(
            shape: world, seed: seed, posts: posts, rate: rate, timeLapse: timeLapse,
            burstEverySeconds: burstEvery,
            jitterMilliseconds: Int(jitter * 1000), noticeShare: notices, awkwardShare: awkward,
            isBrief: brief)
    }

    var startMilliseconds: Int? {
        startTime.flatMap(Self.milliseconds)
    }

    func validate() throws {
        guard 0...100_000_000 ~= posts else {
            throw ValidationError("--posts \(posts): expected 0 to 100000000")
        }
        guard rate > 0, rate <= 1_000_000 else {
            throw ValidationError("--rate \(rate): expected more than 0, up to 1000000")
        }
        guard burstEvery.map({ $0 >= 1 }) ?? true else {
            throw ValidationError("--burst-every: expected at least 1 second")
        }
        guard 1...3600 ~= timeLapse else {
            throw ValidationError("--time-lapse \(timeLapse): expected 1 to 3600")
        }
        guard 0...60 ~= jitter else {
            throw ValidationError("--jitter \(jitter): expected 0 to 60 seconds")
        }
        guard 0...1 ~= notices, 0...1 ~= awkward else {
            throw ValidationError("--notices and --awkward are shares: expected 0 to 1")
        }
        guard let startTime else { return }
        guard let start = Self.milliseconds(startTime), start > Snowflake.epochMilliseconds,
            start < 3_400_000_000_000
        else {
            throw ValidationError(
                "--start-time \(startTime): expected a time from 2010-11-04 to 2077")
        }
    }

    private static func milliseconds(_ text: String) -> Int? {
        if let number = Int(text) { return number }
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        return Int(date.timeIntervalSince1970 * 1000)
    }
}
