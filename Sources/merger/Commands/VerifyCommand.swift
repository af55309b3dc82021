import ArgumentParser
import Shared

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read everything again and compare it.",
        discussion: """
            Canonical objects against indexes, indexes against manifests, sums of the ledger; that no \
            record is there of a tweet that was deleted, and no data that have expired; with \
            --segments also the segments against their manifests, and each hour is made again from \
            them and compared row by row. Exits 12 if anything differs.

            Examples:
              merger verify
              merger verify --since 2026-11-22 --segments
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Flag(help: "Read the segments too.")
    var segments = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let configuration = try options.resolve()
        let verification = Verification(
            archive: try await ArchiveReader(configuration), configuration: configuration,
            span: try span.resolve(), readsSegments: segments)
        let report = try await verification.run(now: .now)
        if json { Output.json(Document(report)) } else { print(report) }
        if !report.problems.isEmpty {
            throw ArgumentParser.ExitCode(Shared.ExitCode.dataMissing.rawValue)
        }
    }

    private func print(_ report: Verification.Report) {
        LedgerTable.print(report.zones.sorted { $0.key < $1.key }.map { ($0.key.name, $0.value) })
        Output.line(
            "\(report.hours) hours, \(report.tweets) tweets, \(report.problems.count) problems")
        Output.line(
            "\(report.deletions) ids deleted, \(report.segmentsExpired) segments expired")
        WaitingHours.print(report.hoursWaiting)
        for problem in report.problems { Output.line(LogEscape.text(problem)) }
    }
}

extension VerifyCommand {
    private struct Document: Encodable {
        var hours: Int
        var tweets: Int
        var deletions: Int
        var hoursWaiting: Int
        var segmentsExpired: Int
        var zones: [ZoneLedger]
        var total: Ledger
        var problems: [String]

        init(_ report: Verification.Report) {
            hours = report.hours
            tweets = report.tweets
            deletions = report.deletions
            hoursWaiting = report.hoursWaiting
            segmentsExpired = report.segmentsExpired
            zones = report.zones.sorted { $0.key < $1.key }.map {
                ZoneLedger(zone: $0.key.name, ledger: $0.value)
            }
            total = report.zones.values.reduce(Ledger(), +)
            problems = report.problems
        }
    }
}
