import ArgumentParser

/// Prints what each zone signs in with.
struct CredentialsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials",
        abstract: "Print the credentials of each zone as lines of an environment file.")

    @Option(help: "Names of the zones, parted by commas.")
    var zones = "a,b,c"

    func run() throws {
        for zone in try zoneNames(zones, option: "--zones") {
            print(ZoneCredentials(zone: zone).environment, terminator: "")
        }
    }
}
