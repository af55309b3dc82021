import ArgumentParser
import Shared
import TestSupport
import Testing

@testable import merger

struct SpanOptionsTests {
    private func span(_ arguments: String...) throws -> PartitionSpan {
        try SpanOptions.parse(arguments).resolve()
    }

    @Test func `without options a span is everything`() throws {
        #expect(try span().isEverything)
    }

    @Test(arguments: [
        ("2026-11-22", "2026-11-22T00"), ("2026-11-22T18", "2026-11-22T18"),
        ("2026-11-22T18:59:59Z", "2026-11-22T18"), ("2026-11-22T18:00:00.000Z", "2026-11-22T18"),
    ])
    func `a day, an hour and a moment round out to an hour`(text: String, hour: String) throws {
        let partition = try #require(Partition(hour))
        #expect(try span("--since", text).first == partition)
        #expect(try span("--until", text).last == partition)
    }

    @Test func `a span may be one hour, and not less`() throws {
        let hour = try #require(Partition("2026-11-22T18"))
        let one = try span("--since", "2026-11-22T18:30:00Z", "--until", "2026-11-22T18:10:00Z")
        #expect(one.first == hour && one.last == hour)
        let error = #expect(throws: ConfigurationError.self) {
            try span("--since", "2026-11-22T19", "--until", "2026-11-22T18")
        }
        #expect(
            error?.message == "--until 2026-11-22T18: is before --since 2026-11-22T19")
    }

    @Test(arguments: ["yesterday", "2026-13-01", "2026-11-22T24", "", "1795372200"])
    func `anything else is refused with an example`(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try span("--since", text) }
        #expect(error?.message.hasPrefix("--since \(text): expected a time such as") == true)
        #expect(error?.exitCode == .configuration)
    }
}

struct ShardOptionTests {
    private func shard(
        _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Shard {
        try ShardOption.parse(arguments).resolve(environment: environment)
    }

    @Test func `without option and variables a shard is the whole`() throws {
        #expect(try shard() == .whole)
        #expect(try shard(environment: ["SLURM_ARRAY_TASK_ID": "3"]) == .whole)
    }

    @Test func `i of n counts from 0`() throws {
        #expect(try shard(["--shard", "0/4"]) == Shard(index: 0, count: 4))
        #expect(try shard(["--shard", "3/4"]) == Shard(index: 3, count: 4))
    }

    @Test(arguments: ["4/4", "0/0", "1", "1/2/3", "/", "a/b", "0/-1", "1/", " 0/1"])
    func `anything else is refused`(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try shard(["--shard=\(text)"]) }
        #expect(
            error?.message
                == "--shard \(text): expected i/n with i from 0 to n - 1, n at most 10000")
    }

    @Test(arguments: [
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"),
        ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"),
    ])
    func `an array job's variables say the shard, and the option beats them`(
        index: String, count: String
    ) throws {
        let environment = [index: "2", count: "5"]
        #expect(try shard(environment: environment) == Shard(index: 2, count: 5))
        #expect(
            try shard(["--shard", "1/3"], environment: environment) == Shard(index: 1, count: 3))
        #expect(throws: ConfigurationError.self) {
            try shard(environment: [index: "5", count: "5"])
        }
    }
}

struct MergerConfigurationTests {
    private func configuration(
        _ commandLine: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> MergerConfiguration {
        try MergerConfiguration(
            Settings(
                MergerSettings.definitions(environment: environment),
                prefixes: MergerSettings.prefixes, commandLine: commandLine,
                environment: environment, file: nil))
    }

    @Test func `a store is all that must be said`() throws {
        let configuration = try configuration(
            ["MERGER_STORE": "file:///s"], environment: ["HOME": "/home/x"])
        #expect(configuration.cache == "/home/x/.cache/tributary")
        #expect(configuration.scratch == configuration.cache)
        #expect(configuration.memory == .mebibytes(512))
        #expect(configuration.usesConditionalWrites)
        #expect(configuration.crashPoint == nil)
        #expect(throws: ConfigurationError.self) { try self.configuration() }
    }

    @Test(arguments: [
        ("MERGER_MEMORY", "63MiB"), ("MERGER_MEMORY", "much"),
        ("TRIBUTARY_CONDITIONAL_WRITES", "maybe"), ("TRIBUTARY_CRASH_AT", "somewhere"),
        ("MERGER_STOR", "x"),
    ])
    func `a value that cannot be is refused by name`(name: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(environment: ["MERGER_STORE": "file:///s", name: value])
        }
        #expect(error?.message.contains(name) == true)
        #expect(error?.exitCode == .configuration)
    }
}
