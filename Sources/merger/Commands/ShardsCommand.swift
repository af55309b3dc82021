import ArgumentParser
import Logging
import Shared

struct ShardsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shards",
        abstract: "Say what each of n shares of the work would have to do.",
        discussion: """
            For array jobs, each task of which calls run with its --shard, or lets the variables of \
            the scheduler choose it. Writes nothing to the store. A segment that several shares \
            need counts in each.

            Examples:
              merger shards 4
              merger shards 100 --full --json | jq '[.shares[] | select(.hours > 0)] | length'
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Argument(help: "How many shares: the n of --shard i/n.")
    var count: Int64

    @Flag(help: "Look at every manifest of the store.")
    var full = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Document: Encodable {
        struct Share: Encodable {
            /// As `--shard` takes it.
            var shard: String
            var hours: Int
            var segments: Int
            var bytes: Int
        }

        var shares: [Share]
        var hoursUnchanged: Int
        var problems: [String]
    }

    func run() async throws {
        guard (1...Shard.countMax).contains(count) else {
            throw ConfigurationError("shards \(count): expected 1 to \(Shard.countMax) shares")
        }
        let configuration = try options.resolve()
        let logger = Logger(label: MergerProgram.name)
        let run = MergeRun(
            store: try configuration.openStore(), configuration: configuration,
            span: try span.resolve(), isFull: full, logger: logger, progress: Progress(logger))
        let plan = try await run.plan()
        let shares = zip(0..., plan.shares(count)).map { index, share in
            Document.Share(
                shard: "\(index)/\(count)", hours: share.hours.count, segments: share.segments,
                bytes: share.bytes)
        }
        guard !json else {
            return Output.json(
                Document(
                    shares: shares, hoursUnchanged: plan.hoursUnchanged, problems: plan.problems))
        }
        let rows = shares.map {
            [$0.shard, "\($0.hours)", "\($0.segments)", "\(ByteCount(bytes: $0.bytes))"]
        }
        Output.table([["shard", "hours", "segments", "size"]] + rows)
        Output.line("\(plan.hours.count) hours to write, \(plan.hoursUnchanged) unchanged")
        for problem in plan.problems { Output.line("left out: \(problem)") }
    }
}
