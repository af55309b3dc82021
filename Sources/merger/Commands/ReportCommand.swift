import ArgumentParser
import Shared

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write one page about what the zones saw, what they lack, and how sure that is.",
        discussion: """
            The page is one file that needs no network and no script: docs/REPORT.md. The same \
            document of merger coverage --json gives the same page, byte for byte; with --coverage \
            it is made from one that was kept.

            Examples:
              merger report --since 2026-11-22 --until 2026-11-28 --html report.html
              merger coverage --json --minutes >coverage.json
              merger report --coverage coverage.json --html report.html
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Option(
        help: """
            Take the figures from a document of merger coverage --json instead of the store; - is \
            standard input.
            """)
    var coverage: String?

    @Option(help: "The file to write; one that is there is replaced. - is standard output.")
    var html: String

    func run() async throws {
        let page = ReportPage(report: try await document()).html
        if html == "-" { return Output.write(page) }
        let temporary = "\(html).\(ListenerInstance.random().hex)"
        defer { try? LocalDirectory.remove(temporary) }
        try LocalFile.create(temporary).write(page)
        try LocalDirectory.rename(temporary, to: html)
        Output.line("\(html): \(ByteCount(bytes: page.count))")
    }

    private func document() async throws -> CoverageReport {
        let span = try span.resolve()
        guard let coverage else {
            var survey = CoverageSurvey(
                archive: try await ArchiveReader(options.resolve()), span: span)
            survey.hasMinutes = true
            return try await survey.run()
        }
        guard span.isEverything else {
            throw ConfigurationError(
                "report: --since and --until are of the store, not of --coverage")
        }
        return try CoverageDocument.read(coverage)
    }
}
