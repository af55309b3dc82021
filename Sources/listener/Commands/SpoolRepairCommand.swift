import ArgumentParser
import Logging
import Shared

struct SpoolRepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Seal what a crash left open, as the next start would.",
        discussion: """
            Nothing is sent. Exits 11 while a listener uses the spool, 12 if a segment cannot be \
            sealed.

            Example:
              listener spool repair --config /etc/tributary/listener.conf
            """)

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
        var isDamaged = false
        let recovered = try spool.recover(
            fallback, limits: limits, scanner: RecordScanner(idPointer: configuration.idPointer)
        ) { damaged in
            isDamaged = true
            Logger(label: ListenerProgram.name).error("\(damaged.message)")
        }.map {
            Recovered(
                name: "\($0.name)", lines: $0.lines, bytesLost: $0.salvage?.bytesLost ?? 0)
        }
        if json {
            Output.json(recovered)
        } else {
            for one in recovered {
                Output.line(
                    "segment \(one.name): \(one.lines) lines saved, \(one.bytesLost) bytes lost")
            }
            Output.line("\(recovered.count) segments recovered")
        }
        guard !isDamaged else {
            throw ArgumentParser.ExitCode(Shared.ExitCode.dataMissing.rawValue)
        }
    }
}
