import ArgumentParser
import Shared

struct IndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Make one database of the indexes of many hours.",
        discussion: """
            The tables are those of docs/INDEX.md, with zones and segments numbered anew.

            Example:
              merger index --since 2026-11-22 -o day.sqlite && sqlite3 day.sqlite 'SELECT * FROM ledger'
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Option(name: .shortAndLong, help: "The file to make; it must not exist.")
    var output: String

    func run() async throws {
        let archive = try await ArchiveReader(options.resolve())
        let partitions = try await archive.partitions(in: span.resolve())
        guard !LocalDirectory.exists(output) else {
            throw ConfigurationError("\(output): is there already")
        }
        let temporary = "\(output).new"
        try LocalDirectory.remove(temporary)
        var paths: [(partition: Partition, path: String)] = []
        for partition in partitions {
            if let path = try await archive.indexPath(of: partition) {
                paths.append((partition, path))
            }
        }
        try IndexUnion(paths, dataset: archive.dataset).write(temporary)
        try LocalDirectory.rename(temporary, to: output)
        Output.line("\(output): \(paths.count) hours")
    }
}
