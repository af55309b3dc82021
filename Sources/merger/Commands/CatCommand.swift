import ArgumentParser
import Shared

struct CatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print records: the canonical stream, or what one zone received.",
        discussion: """
            Without --zone, every tweet of the hours once, ascending by id. With --zone, the lines of \
            that zone's segments as they came, notices included.

            Examples:
              merger cat --since 2026-11-22T18:00:00Z --until 2026-11-22T19:00:00Z | gzip >two-hours.gz
              merger cat --since 2026-11-22 --zone use1-az1 | wc -l
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Option(help: "One zone's own lines, of segments received in the span.")
    var zone: String?

    func run() async throws {
        let archive = try await ArchiveReader(options.resolve())
        let span = try span.resolve()
        guard let zone else { return try await catCanonical(archive, span) }
        guard let zone = Zone(zone) else { throw ConfigurationError("--zone \(zone): not a zone") }
        try await catZone(zone, archive, span)
    }

    private func catCanonical(_ archive: ArchiveReader, _ span: PartitionSpan) async throws {
        for partition in try await archive.partitions(in: span) {
            guard let index = try await archive.index(of: partition) else { continue }
            for member in try index.members() {
                Output.write(try await archive.inflate(member, of: partition))
            }
        }
    }

    private func catZone(
        _ zone: Zone, _ archive: ArchiveReader, _ span: PartitionSpan
    ) async throws {
        let catalog = SegmentCatalog(cache: archive.cache, dataset: archive.dataset)
        let listing = try await catalog.list(isFull: true, now: .now)
        for manifest in listing.manifests
        where manifest.zone == zone && span.contains(manifest.name.homePartition) {
            try await catSegment(manifest, archive)
        }
        if let problem = listing.problems.first { throw problem }
    }

    private func catSegment(_ manifest: SegmentManifest, _ archive: ArchiveReader) async throws {
        var inflater = MemberInflater()
        for member in manifest.members {
            let content = try await archive.cache.store.get(
                manifest.reference.key, range: member.offset..<member.offset + member.bytes,
                matching: nil)
            var raw = [UInt8](repeating: 0, count: member.raw)
            try raw.withUnsafeMutableBytes { raw in
                try content.bytes.withUnsafeBytes { try inflater.inflate($0, into: raw) }
            }
            Output.write(raw)
        }
    }
}
