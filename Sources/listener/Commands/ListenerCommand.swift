import ArgumentParser
import Glibc
import Logging
import Shared

@main
struct ListenerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ListenerProgram.name,
        abstract: "Holds a stream of posts open and ships it to an object store, losing nothing.",
        discussion: """
            Examples:
              listener check --config /etc/tributary/listener.conf
              listener run --config /etc/tributary/listener.conf
            """,
        version: BuildVersion.text,
        subcommands: [
            RunCommand.self, CheckCommand.self, RulesCommand.self, SpoolCommand.self,
        ])

    static func main() async {
        // A rotation that is asked for before anybody listens to it must not end the program.
        signal(SIGHUP, SIG_IGN)
        let environment = Environment.current
        let style = LogStyle.early(
            prefix: "LISTENER_", arguments: CommandLine.arguments, environment: environment)
        LoggingSystem.bootstrap { _ in
            LineLogHandler(program: ListenerProgram.name, style: style, environment: environment)
        }
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
        } catch  where style.format == .json && exitCode(for: error) == .validationFailure {
            Logger(label: ListenerProgram.name).critical("\(message(for: error))")
            Glibc.exit(exitCode(for: error).rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
