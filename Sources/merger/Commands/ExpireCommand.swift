import ArgumentParser
import Shared

struct ExpireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Take the data of old segments away for good.",
        discussion: """
            Only data whose hours are all merged and proved: index and canonical object of each are \
            read again first. Manifests stay. An hour whose segments have expired takes new ones, \
            and can never be made again from nothing: see docs/DELETIONS.md. May be interrupted and \
            run again at any time. Exits 12 if an hour has problems; its segments stay.

            Examples:
              merger expire --older-than 90d --dry-run
              merger run --deletions now && merger expire --older-than 90d
            """)

    @OptionGroup var options: MergerOptions

    @Option(help: "Whose last line was received this long ago or longer, such as 90d.")
    var olderThan: String

    @Flag(help: "Say what would be taken away, and change nothing.")
    var dryRun = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let age = try DurationOption.parse(olderThan, "--older-than")
        let configuration = try options.resolve()
        let expiry = Expiry(
            archive: try await ArchiveReader(configuration), configuration: configuration,
            scratch: try Scratch(root: configuration.scratch), age: age, isDryRun: dryRun)
        let report = try await expiry.run(now: .now)
        if json { Output.json(report) } else { print(report) }
        guard report.exitCode == .done else {
            throw ArgumentParser.ExitCode(report.exitCode.rawValue)
        }
    }

    private func print(_ report: ExpiryReport) {
        for entry in report.expired {
            Output.line(
                "segment \(entry.segment): \(ByteCount(bytes: entry.bytes)), received until "
                    + "\(entry.received)")
        }
        for entry in report.heldBack {
            Output.line("kept: segment \(entry.segment): hour \(entry.hour): \(entry.reason)")
        }
        for problem in report.problems { Output.line("problem: \(LogEscape.text(problem))") }
        let verb = report.isDryRun ? "to expire" : "expired"
        Output.line(
            "\(report.expired.count) segments \(verb), \(ByteCount(bytes: report.bytes)), "
                + "\(report.heldBack.count) kept, \(report.problems.count) problems")
    }
}
