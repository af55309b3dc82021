import ArgumentParser
import Glibc
import Logging
import Shared

@main
struct MergerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: MergerProgram.name,
        abstract: "Folds the segments of all zones into one canonical stream, each tweet once.",
        discussion: """
            Examples:
              merger run --store s3://bucket/prefix
              merger coverage --store s3://bucket/prefix --since 2026-11-22
            """,
        version: BuildVersion.text,
        subcommands: [
            InitCommand.self, RunCommand.self, ShardsCommand.self, QueryCommand.self,
            CatCommand.self, IndexCommand.self, SQLCommand.self, CoverageCommand.self,
            ReportCommand.self, VerifyCommand.self, InspectCommand.self, AdoptCommand.self,
            RepairCommand.self, ExpireCommand.self, DeletionsCommand.self,
        ])

    static func main() async {
        // A closed pipe shows in the result of a write; see Output.
        signal(SIGPIPE, SIG_IGN)
        Allocator.mapLargeBlocks()
        let environment = Environment.current
        let style = LogStyle.early(
            prefix: "MERGER_", arguments: CommandLine.arguments, environment: environment)
        LoggingSystem.bootstrap { _ in
            LineLogHandler(program: MergerProgram.name, style: style, environment: environment)
        }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as any OperatorError {
            Logger(label: MergerProgram.name).critical("\(failure)")
            Glibc.exit(failure.exitCode.rawValue)
        } catch  where style.format == .json && exitCode(for: error) == .validationFailure {
            Logger(label: MergerProgram.name).critical("\(message(for: error))")
            Glibc.exit(exitCode(for: error).rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
