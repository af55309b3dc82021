import ArgumentParser
import Logging
import Shared

struct SpoolShipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ship",
        abstract: "Ship every sealed segment now, once, and say what is left.",
        discussion: """
            For a machine that is to be taken away. What a crash left open is sealed by repair. \
            Exits 11 while a listener uses the spool, 10 if the store did not take everything.

            Example:
              listener spool ship --config /etc/tributary/listener.conf
            """)

    @OptionGroup var options: ListenerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Result: Encodable {
        var shipped: Int
        var quarantined: Int
        var sealedLeft: Int
        var openLeft: Int
    }

    private struct Counts {
        var open: Int
        var sealed: Int
        var quarantined: Int

        init(_ listing: SpoolListing) throws {
            let states = try listing.segments().map(\.state)
            open = states.count { $0 == .open }
            sealed = states.count { $0 == .sealed }
            quarantined = states.count { $0 == .quarantined }
        }
    }

    func run() async throws {
        let configuration = try options.resolve(environment: Environment.current)
        let spool = try Spool(configuration.spool, room: configuration.room)
        let store = try openObjectStore(
            configuration.storeURL ?? "", environment: configuration.settings.environment)
        // Refused before anything is sent where the store holds another stream.
        let dataset = try await Dataset(
            stream: configuration.streamName, idPointer: configuration.idPointer, created: .now
        ).createOrRead(in: store, isConditional: configuration.usesConditionalWrites)
        try dataset.require(idPointer: configuration.idPointer, in: store)
        let listing = SpoolListing(directory: spool.directory)
        let before = try Counts(listing)
        let isDone = await Shipper(
            spool: spool, store: store, isConditional: configuration.usesConditionalWrites,
            logger: Logger(label: ListenerProgram.name)
        ).shipAll()
        let after = try Counts(listing)
        let quarantined = after.quarantined - before.quarantined
        let result = Result(
            shipped: before.sealed - after.sealed - quarantined, quarantined: quarantined,
            sealedLeft: after.sealed, openLeft: after.open)
        if json {
            Output.json(result)
        } else {
            Output.line(
                "\(result.shipped) segments shipped, \(result.quarantined) put into quarantine, "
                    + "\(result.sealedLeft) left, \(result.openLeft) open")
        }
        guard isDone else {
            throw ArgumentParser.ExitCode(Shared.ExitCode.storeUnreachable.rawValue)
        }
        guard result.sealedLeft == 0, result.quarantined == 0 else {
            throw ArgumentParser.ExitCode(Shared.ExitCode.failed.rawValue)
        }
    }
}
