import ArgumentParser
import Shared

struct SpoolVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Read sealed and quarantined segments again and compare them with their manifests.",
        discussion: """
            Works while a listener runs. Exits 12 if anything is corrupt.

            Example:
              listener spool verify --spool /var/lib/tributary-listener
            """)

    @OptionGroup var options: ListenerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Findings: Encodable {
        struct Problem: Encodable {
            var name: String
            var state: SpoolListing.State
            var problem: String
        }

        var verified = 0
        var problems: [Problem] = []
    }

    func run() async throws {
        let directory = try options.spoolDirectory()
        let limits =
            DatasetMemory.recall(in: directory)?.limits ?? DatasetLimits(created: .now)
        var findings = Findings()
        for (files, state) in try SpoolListing(directory: directory).segments()
        where state != .open {
            findings.verified += 1
            if let problem = try SegmentAudit(files: files, limits: limits).problem() {
                findings.problems.append(
                    Findings.Problem(name: "\(files.name)", state: state, problem: problem))
            }
        }
        if json {
            Output.json(findings)
        } else {
            for problem in findings.problems {
                Output.line(
                    "segment \(problem.name): \(problem.state.rawValue): \(problem.problem)")
            }
            Output.line("\(findings.verified) segments, \(findings.problems.count) problems")
        }
        if !findings.problems.isEmpty {
            throw ArgumentParser.ExitCode(Shared.ExitCode.dataMissing.rawValue)
        }
    }
}
