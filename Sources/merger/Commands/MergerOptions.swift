import ArgumentParser
import Shared

/// What may be typed on every command line; ``MergerConfiguration`` is what it means.
struct MergerOptions: ParsableArguments {
    @Option(help: "A file of NAME=value lines, with the environment's names.")
    var config: String?

    @Option(help: "The store of all zones: s3://bucket/prefix or file:///path.")
    var store: String?

    @Option(help: "The name of the stream that the store must hold.")
    var streamName: String?

    @Option(help: "A local directory for copies of manifests and indexes.")
    var cache: String?

    @Option(help: "A local directory for files of the run.")
    var scratch: String?

    @Option(help: "How much memory a run may use, such as 512MiB.")
    var memory: String?

    @Option(help: "How the log is written: text or json.")
    var logFormat: String?

    @Option(help: "The least level that is written: debug, info, warning or error.")
    var logLevel: String?

    /// - Parameter deletions: of the commands that have such an option.
    func resolve(deletions: String? = nil) throws -> MergerConfiguration {
        let typed = [
            "MERGER_STORE": store, "MERGER_STREAM_NAME": streamName, "MERGER_CACHE": cache,
            "MERGER_SCRATCH": scratch, "MERGER_MEMORY": memory, "MERGER_DELETIONS": deletions,
            "MERGER_LOG_FORMAT": logFormat, "MERGER_LOG_LEVEL": logLevel,
        ]
        let environment = Environment.current
        let settings = try Settings(
            MergerSettings.definitions(environment: environment),
            prefixes: MergerSettings.prefixes, commandLine: typed.compactMapValues { $0 },
            environment: environment, file: try config.map { try SettingsFile(path: $0) })
        return try MergerConfiguration(settings)
    }
}

/// A span of tweet time, on the command line.
struct SpanOptions: ParsableArguments {
    @Option(help: "From the hour of this moment of tweet time on, such as 2026-11-22T18:00:00Z.")
    var since: String?

    @Option(help: "Up to this moment of tweet time, its hour included.")
    var until: String?

    func resolve() throws -> PartitionSpan {
        let first = try since.map { try partition($0, "--since") }
        let last = try until.map { try partition($0, "--until") }
        if let first, let last, last < first {
            throw ConfigurationError("--until \(until ?? ""): is before --since \(since ?? "")")
        }
        return PartitionSpan(first: first, last: last)
    }

    /// A day, an hour or a moment.
    private func partition(_ text: String, _ option: String) throws -> Partition {
        if let time = Timestamp(text) ?? Timestamp("\(text)T00:00:00Z") {
            return Partition(containing: time)
        }
        if let partition = Partition(text) { return partition }
        throw ConfigurationError(
            "\(option) \(text): expected a time such as 2026-11-22T18:00:00Z, 2026-11-22T18 or 2026-11-22"
        )
    }
}

/// A share of the partitions, on the command line or from the scheduler of an array job.
struct ShardOption: ParsableArguments {
    @Option(help: "Only the i-th of n shares of the hours, as i/n, i from 0.")
    var shard: String?

    /// Variables of array jobs that hold the index, and those that hold the count, if there are any.
    private static let schedulers = [
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"),
        ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"),
    ]

    func resolve(environment: [String: String]) throws -> Shard {
        if let shard { return try Self.parse(shard) }
        for (index, count) in Self.schedulers {
            if let index = environment[index], let count = environment[count] {
                return try Self.parse("\(index)/\(count)")
            }
        }
        return .whole
    }

    private static func parse(_ text: String) throws -> Shard {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1],
            (1...Shard.countMax).contains(count), (0..<count).contains(index)
        else {
            throw ConfigurationError(
                "--shard \(text): expected i/n with i from 0 to n - 1, n at most \(Shard.countMax)")
        }
        return Shard(index: index, count: count)
    }
}
