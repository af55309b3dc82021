import ArgumentParser
import Glibc
import Logging
import Shared

@main
struct MergerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: MergerProgram.name,
        abstract: "Folds the segments of all zones into one canonical stream, each tweet once.",
        version: BuildVersion.text,
        subcommands: [
            InitCommand.self, RunCommand.self, QueryCommand.self, CatCommand.self,
            IndexCommand.self, CoverageCommand.self, VerifyCommand.self, InspectCommand.self,
            AdoptCommand.self, RepairCommand.self,
        ])

    static func main() async {
        // A closed pipe shows in the result of a write; see Output.
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
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
        } catch {
            exit(withError: error)
        }
    }
}
