import ArgumentParser
import Glibc
import Logging
import Shared

@main
struct ListenerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ListenerProgram.name,
        abstract: "Holds a stream of posts open and ships it to an object store, losing nothing.",
        version: BuildVersion.text,
        subcommands: [RunCommand.self, RulesCommand.self])

    static func main() async {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as any OperatorError {
            Logger(label: ListenerProgram.name).critical("\(failure)")
            Glibc.exit(failure.exitCode.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
