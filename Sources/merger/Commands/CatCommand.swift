import ArgumentParser
import Logging
import Shared

struct CatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print records: the canonical stream, or what one zone received.",
        discussion: """
            Without --zone, every tweet of the span once, ascending by id, without those that were \
            deleted. With --zone, the lines of that zone's segments as they came, whatever became of \
            them: repetitions, notices and deleted tweets included, while the segments are there.

            --since and --until mean whole hours of tweet time, both included; --from and --to cut \
            exactly: an id is included, and a moment means what was made from it on, or before it. With \
            them --zone brings records only.

            Examples:
              merger cat --since 2026-11-22T18 --until 2026-11-22T19 | gzip >two-hours.gz
              merger cat --from 2026-11-22T18:30:00Z --to 2026-11-22T18:31:00Z | jq .data.text
              merger cat --from 1541815603606036480 --to 1541815603606036999
              merger cat --since 2026-11-22 --zone use1-az1 | wc -l
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Option(help: "From this id, or what was made from this moment on.")
    var from: String?

    @Option(help: "Up to this id, or what was made before this moment.")
    var to: String?

    @Option(help: "One zone's own lines instead of the canonical stream.")
    var zone: String?

    func run() async throws {
        let range = try IDBounds(from: from, to: to)
        let span = try span.resolve()
        let archive = try await ArchiveReader(options.resolve())
        guard let zone else { return try await catCanonical(archive, span, range) }
        guard let zone = Zone(zone) else { throw ConfigurationError("--zone \(zone): not a zone") }
        var output = BufferedOutput()
        let cat = ZoneCat(archive: archive, zone: zone, span: span, range: range)
        let expired = try await cat.run { output.write($0) }
        output.flush()
        guard expired > 0 else { return }
        Logger(label: MergerProgram.name).warning(
            "zone \(zone): the data of \(expired) segments have expired: their lines are left out")
    }

    private func catCanonical(
        _ archive: ArchiveReader, _ span: PartitionSpan, _ range: IDBounds
    ) async throws {
        let cat = CanonicalCat(
            archive: archive, range: range, pending: try await PendingDeletions(archive, now: .now))
        var output = BufferedOutput()
        for partition in try await archive.partitions(in: span) where range.mayHold(partition) {
            try await cat.run(partition) { output.write($0) }
        }
        output.flush()
    }
}
