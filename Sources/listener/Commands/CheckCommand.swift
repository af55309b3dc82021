import ArgumentParser
import Shared

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say where each setting came from, and try what a start needs.",
        discussion: """
            Spool, store and credentials are tried in earnest: a file in the spool and an object \
            under check/ are written and removed. The stream is not opened, so a listener that is \
            running loses nothing. Exits 0 if all is right, 78 otherwise.

            Example:
              listener check --config /etc/tributary/listener.conf
            """)

    @OptionGroup var options: ListenerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let report: CheckReport
        do {
            let settings = try options.settings(environment: Environment.current)
            report = await ListenerCheck(settings: settings).run()
        } catch {
            var failed = CheckReport()
            failed.add(.failed("settings", "\(error)"))
            report = failed
        }
        if json { Output.json(report) } else { report.text.forEach(Output.line) }
        guard report.isOK else {
            throw ArgumentParser.ExitCode(Shared.ExitCode.configuration.rawValue)
        }
    }
}
