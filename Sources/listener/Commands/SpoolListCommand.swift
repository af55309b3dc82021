import ArgumentParser
import Shared

struct SpoolListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The segments of the spool, oldest first; also while a listener runs.",
        discussion: """
            Example:
              listener spool list --spool /var/lib/tributary-listener
            """)

    @OptionGroup var options: ListenerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let listing = SpoolListing(directory: try options.spoolDirectory())
        let entries = try listing.entries(at: .now)
        if json { return Output.json(entries) }
        Output.table(
            [["segment", "state", "lines", "bytes", "begun", "age"]]
                + entries.map { entry in
                    [
                        entry.name, entry.state.rawValue, entry.lines.map { "\($0)" } ?? "?",
                        "\(entry.bytes)", "\(entry.begun)", "\(entry.ageSeconds) s",
                    ]
                })
    }
}
