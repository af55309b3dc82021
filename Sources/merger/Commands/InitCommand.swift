import ArgumentParser
import Shared

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Fix what decides the results: rank of zones, compression, deletions.",
        discussion: """
            Writes _tributary.json once; it is never changed afterwards. Without it, the first \
            listener or run writes one with the defaults.

            Example:
              merger init --store s3://bucket/prefix --zones use1-az1,use1-az2 --compression balanced
            """)

    @OptionGroup var options: MergerOptions

    @Option(help: "Zones that rank first, in order, separated by commas.")
    var zones: String?

    @Option(help: "Where the id of a line stands, such as /post/id. Not given: where X has it.")
    var idPointer: String?

    @Option(help: "fast, balanced (zlib 6) or small.")
    var compression = CompressionProfile.balanced.rawValue

    @Option(help: "honour (leave deleted tweets out) or ignore.")
    var deletions = Dataset.DeletionPolicy.honour.rawValue

    func run() async throws {
        let configuration = try options.resolve()
        let store = try configuration.openStore()
        let names = zones?.split(separator: ",").map(String.init) ?? []
        guard Set(names).count == names.count else {
            throw ConfigurationError("--zones \(zones ?? ""): a zone is there twice")
        }
        let dataset = Dataset(
            stream: configuration.streamName,
            idPointer: try JSONPointer(option: "--id-pointer", idPointer),
            zones: try names.map(zone),
            compression: try choice("--compression", compression),
            deletions: try choice("--deletions", deletions), created: .now)
        let result = try await dataset.createOrRead(
            in: store, isConditional: configuration.usesConditionalWrites)
        guard result == dataset else {
            throw ConfigurationError(
                "\(store.name): \(StoreLayout.dataset) is there already, and a dataset is never changed"
            )
        }
        Output.json(result)
    }

    private func zone(_ name: String) throws -> Zone {
        guard let zone = Zone(name) else {
            throw ConfigurationError(
                "--zones: \"\(name)\": a zone has 1 to 64 letters, digits, -, _ or .")
        }
        return zone
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: String, _ text: String
    ) throws -> Choice {
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("\(option) \(text): expected one of \(choices)")
        }
        return choice
    }
}
