import ArgumentParser
import Shared

struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Say what the zones saw of a span, what they lack, and what nobody saw.",
        discussion: """
            Times come from the manifests' connections, tweets from the indexes: run merger run \
            first. Where no span is asked for, it is all that the manifests know of. \
            docs/COVERAGE.md says what the figures mean and what they rest on.

            Examples:
              merger coverage --since 2026-11-22 --until 2026-11-22
              merger coverage --since 2026-11-22 --gaps --json | jq -r '.[].start_time'
              merger coverage --minutes --csv > minutes.csv
              merger coverage --since 2026-11-22T18 --until 2026-11-22T18 --require 99.9
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    @Flag(help: "Print CSV: tweets by hour and set of zones, or with --gaps the gaps.")
    var csv = false

    @Flag(help: "Print the spans that no zone covers, and nothing else.")
    var gaps = false

    @Flag(help: "Count by minute, too: for --json and --csv.")
    var minutes = false

    @Option(help: "How late posts are delivered at most; longer for a high-volume stream.")
    var lag: String?

    @Option(help: "Exit 4 if less of the span is covered or recovered, in percent.")
    var require: Double?

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv: only one of them") }
        if let require, !(0...100).contains(require) {
            throw ValidationError("--require \(require): expected percent, from 0 to 100")
        }
    }

    func run() async throws {
        var survey = CoverageSurvey(
            archive: try await ArchiveReader(options.resolve()), span: try span.resolve())
        if let lag { survey.rules.deliveryLag = try deliveryLag(lag) }
        survey.hasMinutes = minutes
        let report = try await survey.run()
        show(report)
        if let shortfall = require.flatMap({ CoverageShortfall(report, required: $0) }) {
            throw shortfall
        }
    }

    private func deliveryLag(_ text: String) throws -> Duration {
        let lag = try DurationOption.parse(text, "--lag")
        guard lag <= CoverageRules.deliveryLagMax else {
            throw ConfigurationError("--lag \(text): an hour at most")
        }
        return lag
    }

    private func show(_ report: CoverageReport) {
        switch (gaps, json, csv) {
        case (false, true, _): Output.json(report)
        case (true, true, _): Output.json(report.union.gaps)
        case (false, _, true): CoverageCSV.print(report)
        case (true, _, true): CoverageCSV.printGaps(report)
        case (false, false, false): CoverageTable(report).print()
        case (true, false, false): CoverageTable(report).printGaps()
        }
    }
}
