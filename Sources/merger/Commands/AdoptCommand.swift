import ArgumentParser
import Shared

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Bring foreign gzip NDJSON into the store as segments of a zone.",
        discussion: """
            Lines keep their bytes; empty ones are left out. Adopting a file twice is the same as \
            once. Of a file that is torn or corrupt, what inflates is adopted, and the places of the \
            rest are said.

            Examples:
              merger adopt --zone seed tweets-2021-07-23T10:00:00Z.log.gz && merger run
              merger adopt --zone seed s3://old-bucket/logs/tweets-2021-07-23.log.gz
            """)

    @OptionGroup var options: MergerOptions

    @Option(help: "The zone that the posts are counted for.")
    var zone: String

    @Argument(help: "Files, or objects as s3://bucket/key.")
    var files: [String]

    func run() async throws {
        let configuration = try options.resolve()
        guard let zone = Zone(zone) else { throw ConfigurationError("--zone \(zone): not a zone") }
        let store = try configuration.openStore()
        let dataset = try await Dataset(stream: configuration.streamName, created: .now)
            .createOrRead(in: store, isConditional: configuration.usesConditionalWrites)
        for file in files {
            let scratch = try Scratch(root: configuration.scratch)
            let maker = SegmentMaker(
                store: store, dataset: dataset,
                isConditional: configuration.usesConditionalWrites, scratch: scratch)
            let path = try await localCopy(of: file, configuration, scratch)
            let (outcome, damages) = try await Adoption(zone: zone, maker: maker)
                .run(path, source: file)
            for damage in damages { Output.line("\(file): \(damage)") }
            switch outcome {
            case .adopted(let manifest):
                Output.line("\(file): \(manifest.lines) lines as \(manifest.reference)")
            case .alreadyThere(let reference):
                Output.line("\(file): is there already as \(reference)")
            }
        }
    }

    private func localCopy(
        of file: String, _ configuration: MergerConfiguration, _ scratch: Scratch
    ) async throws -> String {
        guard file.hasPrefix("s3://") else { return file }
        let parts = file.dropFirst("s3://".count).split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let key = ObjectKey(parts[1]) else {
            throw ConfigurationError("\(file): expected s3://bucket/key")
        }
        let bucket = try openObjectStore(
            "s3://\(parts[0])", environment: configuration.settings.environment)
        let path = "\(scratch.directory)/adopted.gz"
        _ = try await bucket.fetch(key, to: path)
        return path
    }
}
