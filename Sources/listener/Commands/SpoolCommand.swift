import ArgumentParser
import Shared

struct SpoolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool",
        abstract: "Look into the spool, check it, recover it, or ship it by hand.",
        discussion: """
            Examples:
              listener spool list --spool /var/lib/tributary-listener
              listener spool verify --spool /var/lib/tributary-listener
            """,
        subcommands: [
            SpoolListCommand.self, SpoolVerifyCommand.self, SpoolRepairCommand.self,
            SpoolShipCommand.self,
        ])
}

extension ListenerOptions {
    /// For what neither needs a store nor looks at the other settings.
    func spoolDirectory() throws -> String {
        try settings(environment: Environment.current).required("LISTENER_SPOOL")
    }
}
