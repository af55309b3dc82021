import ArgumentParser
import Shared

struct IndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Make one database of the indexes of many hours.",
        discussion: """
            The tables and views are those of docs/INDEX.md, with zones and segments numbered anew.

            Example:
              merger index --since 2026-11-22 -o day.sqlite && sqlite3 day.sqlite 'SELECT * FROM ledger'
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Option(name: .shortAndLong, help: "The file to make.")
    var output: String

    @Flag(help: "Replace the file if it is there; without this it must not be.")
    var force = false

    func run() async throws {
        let span = try span.resolve()
        guard force || !LocalDirectory.exists(output) else {
            throw ConfigurationError("\(output): is there already: --force replaces it")
        }
        let archive = try await ArchiveReader(options.resolve())
        let count = try await Interruption.allow { [output] in
            let paths = try await archive.paths(of: try await archive.hours(in: span))
            try archive.writeUnion(paths, to: output)
            return paths.count
        }
        Output.line("\(output): \(count) hours")
    }
}
