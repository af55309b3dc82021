import ArgumentParser
import Logging
import Shared

struct SpoolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool",
        abstract: "Look into the spool, check it, recover it, or ship it by hand.",
        subcommands: [
            SpoolListCommand.self, SpoolVerifyCommand.self, SpoolRepairCommand.self,
            SpoolShipCommand.self,
        ])
}

struct SpoolListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The segments of the spool, oldest first; also while a listener runs.")

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

struct SpoolVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Read sealed and quarantined segments again and compare them with their manifests.",
        discussion: "Works while a listener runs. Exits 12 if anything is corrupt.")

    @OptionGroup var options: ListenerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Findings: Encodable {
        struct Problem: Encodable {
            var name: String
            var state: SpoolListing.State
            var problem: String
        }

        var verified = 0
        var problems: [Problem] = []
    }

    func run() async throws {
        let directory = try options.spoolDirectory()
        let limits =
            DatasetMemory.recall(in: directory)?.limits ?? DatasetLimits(created: .now)
        var findings = Findings()
        for (files, state) in try SpoolListing(directory: directory).segments()
        where state != .open {
            findings.verified += 1
            if let problem = try SegmentAudit(files: files, limits: limits).problem() {
                findings.problems.append(
                    Findings.Problem(name: "\(files.name)", state: state, problem: problem))
            }
        }
        if json {
            Output.json(findings)
        } else {
            for problem in findings.problems {
                Output.line(
                    "segment \(problem.name): \(problem.state.rawValue): \(problem.problem)")
            }
            Output.line("\(findings.verified) segments, \(findings.problems.count) problems")
        }
        if !findings.problems.isEmpty {
            throw ArgumentParser.ExitCode(Shared.ExitCode.dataMissing.rawValue)
        }
    }
}

struct SpoolRepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Seal what a crash left open, as the next start would.",
        discussion: "Nothing is sent. Exits 11 while a listener uses the spool.")

    @OptionGroup var options: ListenerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Recovered: Encodable {
        var name: String
        var lines: Int
        var bytesLost: Int
    }

    func run() async throws {
        let configuration = try options.resolve(environment: Environment.current)
        let spool = try Spool(configuration.spool)
        let fallback = RecoveryFallback(
            stream: configuration.streamName,
            zone: try await RunCommand.zone(configuration, configuration.makeClient()),
            source: SegmentManifest.SourceFacts(kind: configuration.source.rawValue))
        let limits =
            DatasetMemory.recall(in: spool.directory)?.limits ?? DatasetLimits(created: .now)
        let recovered = try spool.recover(
            fallback, limits: limits, scanner: RecordScanner(idPointer: configuration.idPointer)
        ).map {
            Recovered(
                name: "\($0.name)", lines: $0.lines, bytesLost: $0.salvage?.bytesLost ?? 0)
        }
        if json { return Output.json(recovered) }
        for one in recovered {
            Output.line(
                "segment \(one.name): \(one.lines) lines saved, \(one.bytesLost) bytes lost")
        }
        Output.line("\(recovered.count) segments recovered")
    }
}

struct SpoolShipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ship",
        abstract: "Ship every sealed segment now, once, and say what is left.",
        discussion: """
            For a machine that is to be taken away. What a crash left open is sealed by repair. \
            Exits 11 while a listener uses the spool, 10 if the store did not take everything.
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
        _ = try await Dataset(stream: configuration.streamName, created: .now).createOrRead(
            in: store, isConditional: configuration.usesConditionalWrites)
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

extension ListenerOptions {
    /// For what neither needs a store nor looks at the other settings.
    fileprivate func spoolDirectory() throws -> String {
        try settings(environment: Environment.current).required("LISTENER_SPOOL")
    }
}
