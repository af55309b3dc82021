import ArgumentParser
import Shared

struct RepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Write manifests from the bytes, for data that have none or a false one.",
        discussion: """
            Reads every segment that is not merged as its manifest says. Of damaged data, what \
            inflates becomes a segment of its own. Nothing that is there is changed. May be \
            interrupted and run again at any time. Exits 12 if something can only be restored.

            Examples:
              merger repair --dry-run
              merger repair --since 2026-11-22 --until 2026-11-22 && merger run
              merger repair --grace 0s --json | jq .repaired
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Option(help: "Leave data without a manifest alone that were begun less long ago than this.")
    var grace: String?

    @Flag(help: "Say what would be written, and write nothing.")
    var dryRun = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let configuration = try options.resolve()
        let grace = try grace.map { try DurationOption.parse($0, "--grace") } ?? OrphanedData.grace
        let archive = try await ArchiveReader(configuration)
        let repair = Repair(
            maker: SegmentMaker(
                store: archive.cache.store, dataset: archive.dataset,
                isConditional: configuration.usesConditionalWrites,
                scratch: try Scratch(root: configuration.scratch)),
            cache: archive.cache, span: try span.resolve(), grace: grace, isDryRun: dryRun)
        let report = try await repair.run(now: .now)
        if json { Output.json(report) } else { print(report) }
        guard report.exitCode == .done else {
            throw ArgumentParser.ExitCode(report.exitCode.rawValue)
        }
    }

    private func print(_ report: RepairReport) {
        for entry in report.repaired {
            let done =
                entry.standIn.map { "\(entry.lines) lines saved as \($0)" }
                ?? "\(entry.lines) lines, manifest \(entry.manifest)"
            Output.line("segment \(entry.segment): \(entry.reason.rawValue): \(done)")
            for damage in entry.damages ?? [] { Output.line("  \(damage)") }
        }
        for problem in report.problems { Output.line("left: \(problem)") }
        let verb = report.isDryRun ? "to repair" : "repaired"
        Output.line(
            "\(report.examined) segments read, \(report.repaired.count) \(verb), "
                + "\(report.problems.count) problems")
    }
}
