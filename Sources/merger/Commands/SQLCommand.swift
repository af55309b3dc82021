import ArgumentParser
import Shared

struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Ask the indexes of a span in SQL.",
        discussion: """
            One statement that only reads, over the tables and views of docs/INDEX.md. Of several hours \
            one database is made first, as `merger index` does, and kept in the cache until one of \
            them changes. Bits of zones and numbers of segments are that database's own.

            Examples:
              merger sql 'SELECT * FROM zone_set' --since 2026-11-22 --until 2026-11-22T23
              merger sql --csv 'SELECT * FROM deletion_readable' --since 2026-11-22 >deletions.csv
              merger sql 'SELECT name, sql FROM sqlite_schema' --since 2026-11-22T18 --until 2026-11-22T18
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Argument(help: "The statement.")
    var statement: String

    @Option(help: "How long the statement may take, such as 30s; 60s if not given.")
    var timeout: String?

    @Flag(help: "Print one JSON object a row; whole numbers above 2^53 - 1 are strings.")
    var json = false

    @Flag(help: "Print comma-separated values (RFC 4180) with a line of names.")
    var csv = false

    /// As long as somebody waits before they ask whether it hangs.
    private static let timeoutDefault = Duration.seconds(60)

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv: only one of them") }
    }

    func run() async throws {
        let time = try timeout.map { try DurationOption.parse($0, "--timeout") }
        let configuration = try options.resolve()
        let span = try span.resolve()
        let path = try await ArchiveReader(configuration).unionPath(span)
        let query = try StrangersQuery(
            statement, over: path, time: time ?? Self.timeoutDefault, memory: configuration.memory)
        var printer = RowPrinter(query, json ? .json : csv ? .csv : .table)
        try printer.run()
    }
}
