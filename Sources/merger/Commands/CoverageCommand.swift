import ArgumentParser
import Shared

struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Say what each zone saw and what it lacks of their union.",
        discussion: """
            Example:
              merger coverage --since 2026-11-22 --json | jq .zones
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let archive = try await ArchiveReader(options.resolve())
        var report = ZoneSetCounts()
        for partition in try await archive.partitions(in: span.resolve()) {
            if let index = try await archive.index(of: partition) { try report.add(index) }
        }
        report.finish()
        if json { Output.json(report) } else { print(report) }
    }

    private func print(_ report: ZoneSetCounts) {
        let head = ["zone", "tweets", "lacks", "only here", "connected"]
        let rows = report.zones.map { row in
            [
                row.zone.name, "\(row.tweets)", "\(row.lacks)", "\(row.onlyHere)",
                "\((row.connectedMs + 500) / 1000) s",
            ]
        }
        Output.table([head] + rows + [["union", "\(report.tweets)", "0", "", ""]])
        Output.line("")
        let sets = report.sets.map { set in
            [set.zones.map(\.name).joined(separator: " "), "\(set.tweets)"]
        }
        Output.table([["seen by exactly", "tweets"]] + sets)
    }
}
