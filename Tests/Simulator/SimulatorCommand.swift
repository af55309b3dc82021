import ArgumentParser

/// Stands in for the stream endpoints of X in tests.
@main
struct SimulatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Stand in for the stream endpoints of X: the same posts to everyone, on time.",
        subcommands: [ServeCommand.self, EmitCommand.self, CredentialsCommand.self])
}
