import ArgumentParser
import Glibc
import Logging
import Shared

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Merge the segments of all zones that were not merged yet.",
        discussion: """
            Looks at the manifests of the last 8 days and at late ones; --full looks at all. May be \
            interrupted and run again at any time, and by several machines at once. With --watch, \
            SIGINT and SIGTERM are its end, with exit 0; otherwise they end a run with 130.

            Hours that get nothing but notices of deletion and the like are written once a day, by \
            the first run after 01:00 UTC; until then query and cat leave the deleted out.

            Examples:
              merger run --store s3://bucket/prefix
              merger run --watch 5m
              merger run --dry-run --json | jq .bytes
              merger run --full --since 2026-11-01 --until 2026-11-30 --shard 0/4
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions
    @OptionGroup var shard: ShardOption

    @Option(help: "daily, or now: write hours that get nothing but notices too.")
    var deletions: String?

    @Flag(help: "Look at every manifest of the store.")
    var full = false

    @Option(help: "Run again this long after each run, such as 5m, until a signal ends it.")
    var watch: String?

    @Flag(help: "Say what would be done, and write nothing to the store.")
    var dryRun = false

    @Flag(help: "Exit 3 if lines were quarantined.")
    var strict = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() async throws {
        let configuration = try options.resolve(deletions: deletions)
        var span = try span.resolve()
        span.shard = try shard.resolve(environment: configuration.settings.environment)
        let logger = Logger(label: MergerProgram.name)
        let run = MergeRun(
            store: try configuration.openStore(), configuration: configuration, span: span,
            isFull: full, logger: logger, progress: Progress(logger))
        let interval = try watch.map { try DurationOption.parse($0, "--watch") }
        if dryRun { return try await printPlan(run) }
        guard let interval else { return try await runOnce(run) }
        let watch = MergeWatch(interval: interval, logger: logger) { [json] in
            ReportOutput(try await run.run()).show(json: json)
        }
        _ = try await Interruption.allow(logger, exitCode: .done) { try await watch.run() }
    }

    private func runOnce(_ run: MergeRun) async throws {
        let report = try await Interruption.allow { try await run.run() }
        run.logger.debug("\(Stage.summary)")
        ReportOutput(report).show(json: json)
        let code = exitCode(report)
        guard code == .done else { throw ArgumentParser.ExitCode(code.rawValue) }
    }

    private func printPlan(_ run: MergeRun) async throws {
        let plan = try await run.plan()
        guard !json else { return Output.json(plan) }
        let head = ["hour", "work", "segments", "size"]
        let rows = plan.hours.map { hour in
            [
                "\(hour.hour)", hour.work.rawValue, "\(hour.segments)",
                "\(ByteCount(bytes: hour.bytes))",
            ]
        }
        if !rows.isEmpty { Output.table([head] + rows) }
        Output.line(
            """
            \(plan.hours.count) hours to write, \(plan.hoursUnchanged) unchanged, \
            \(plan.segments) segments, \(ByteCount(bytes: plan.bytes)) to read
            """)
        WaitingHours.print(plan.hoursWaiting.count)
        for problem in plan.problems { Output.line("left out: \(LogEscape.text(problem))") }
    }

    private func exitCode(_ report: MergeReport) -> Shared.ExitCode {
        if let problem = report.problems.first { return problem.exitCode }
        return strict && report.total.quarantined > 0 ? .quarantined : .done
    }
}

/// What a run did, for people and for programs.
private struct ReportOutput {
    struct Document: Encodable {
        var segmentsAdmitted: Int
        var hoursWritten: Int
        var hoursUnchanged: Int
        var hoursWaiting: Int
        var zones: [ZoneLedger]
        var total: Ledger
        var problems: [String]
    }

    private let report: MergeReport

    init(_ report: MergeReport) {
        self.report = report
    }

    private var zones: [(key: Zone, value: Ledger)] { report.zones.sorted { $0.key < $1.key } }

    private var document: Document {
        Document(
            segmentsAdmitted: report.segmentsAdmitted,
            hoursWritten: report.partitionsWritten,
            hoursUnchanged: report.partitionsUnchanged,
            hoursWaiting: report.partitionsWaiting,
            zones: zones.map { ZoneLedger(zone: $0.key.name, ledger: $0.value) },
            total: report.total, problems: report.problems.map { "\($0)" })
    }

    func show(json: Bool) {
        if json { Output.json(document) } else { print() }
    }

    private func print() {
        Output.line(
            """
            \(report.segmentsAdmitted) segments admitted, \(report.partitionsWritten) hours written, \
            \(report.partitionsUnchanged) unchanged
            """)
        WaitingHours.print(report.partitionsWaiting)
        if !report.zones.isEmpty { LedgerTable.print(zones.map { ($0.key.name, $0.value) }) }
        for problem in report.problems { Output.line("left out: \(LogEscape.text("\(problem)"))") }
    }
}
