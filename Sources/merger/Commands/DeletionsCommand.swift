import ArgumentParser
import Shared

struct DeletionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deletions",
        abstract: "List deleted tweets, and the segments that may hold copies of them.",
        discussion: """
            Every id that a delete notice names, of the hours of the tweets: when the first notice \
            came, which zones saw the tweet, and which segments may hold a copy of it, since data \
            keep it until they expire. No other segment that was merged can. See docs/DELETIONS.md.

            Examples:
              merger deletions --since 2026-11-22 --until 2026-11-22
              merger deletions --remaining --json | jq -r '.remaining[]' | sort -u
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Flag(help: "Only tweets of which a segment may hold a copy.")
    var remaining = false

    @Flag(help: "Print one JSON document a line.")
    var json = false

    func run() async throws {
        let span = try span.resolve()
        let list = try await DeletionList(ArchiveReader(options.resolve()), now: .now)
        for partition in try await list.partitions(in: span) {
            for entry in try await list.entries(in: partition)
            where !remaining || !entry.remaining.isEmpty {
                if json { Output.json(entry) } else { print(entry) }
            }
        }
    }

    private func print(_ entry: DeletionEntry) {
        let when = entry.at.map { "deleted \($0)" } ?? "deleted, and waits for a run"
        let zones = entry.zones.map(\.name).joined(separator: " ")
        Output.line("\(entry.id): \(when), \(zones.isEmpty ? "never seen" : "seen by \(zones)")")
        for segment in entry.remaining { Output.line("  \(segment)") }
    }
}
