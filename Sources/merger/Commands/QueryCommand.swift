import ArgumentParser
import Shared

struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Say which zones saw a tweet and where its copies lie.",
        discussion: """
            Exits 1 if any id was seen by no zone.

            Examples:
              merger query 1541815603606036480
              merger query --record 1541815603606036480 | jq .data.text
            """)

    @OptionGroup var options: MergerOptions

    @Argument(help: "Tweet ids.")
    var ids: [String]

    @Flag(help: "Print the record itself, as it was received.")
    var record = false

    @Flag(help: "Print one JSON document a line.")
    var json = false

    func run() async throws {
        let ids = try ids.map { text in
            guard let id = TweetID(text) else {
                throw ConfigurationError("\"\(text)\" is not a tweet id")
            }
            return id
        }
        let archive = try await ArchiveReader(options.resolve())
        var isMissing = false
        for id in ids {
            let isFound = try await answer(id, archive)
            isMissing = isMissing || !isFound
        }
        if isMissing { throw ArgumentParser.ExitCode(Shared.ExitCode.failed.rawValue) }
    }

    /// - Returns: whether any zone saw it.
    private func answer(_ id: TweetID, _ archive: ArchiveReader) async throws -> Bool {
        guard let sighting = try await archive.index(of: id.partition)?.sighting(of: id) else {
            if json {
                Output.json(Absence(id: id))
            } else if !record {
                Output.line("\(id): not seen")
            }
            return false
        }
        if record {
            guard let bytes = try await archive.record(id) else { return false }
            Output.write(bytes + [UInt8(ascii: "\n")])
        } else if json {
            Output.json(sighting)
        } else {
            print(sighting)
        }
        return true
    }

    private struct Absence: Encodable {
        var id: TweetID
        var zones: [Zone] = []
    }

    private func print(_ sighting: Sighting) {
        let zones = sighting.zones.map(\.name).joined(separator: " ")
        let versions = sighting.versions > 1 ? ", \(sighting.versions) versions" : ""
        let deleted = sighting.isDeleted ? ", deleted" : ""
        Output.line(
            "\(sighting.id): created \(sighting.created), seen by \(zones)\(versions)\(deleted)")
        Output.line("  \(sighting.segment) line \(sighting.line)")
    }
}
