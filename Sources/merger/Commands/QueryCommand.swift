import ArgumentParser
import Logging
import Shared

struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Say which zones saw a tweet, where its copies lie, or why there is none.",
        discussion: """
            Of each id: the zones that saw it, the segment and line of the copy that won, when that was \
            received, other versions, and whether it was deleted. Of an id that nobody saw: why. Exits 1 \
            if there was any.

            Without ids, lists those of a span: all, or those that pass every filter.

            Examples:
              merger query 1541815603606036480
              merger query --record 1541815603606036480 | jq .data.text
              merger query --copies --json --file ids.txt
              merger query --since 2026-11-22T18 --until 2026-11-22T18 --missing-from use1-az1
              merger query --since 2026-11-22 --divergent | merger query --copies -
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Argument(help: "Tweet ids, or - for ids from standard input.")
    var ids: [String] = []

    @Option(help: "A file of ids, separated by white space; - is standard input.")
    var file: String?

    @Flag(help: "Print the record itself, as it was received.")
    var record = false

    @Flag(help: "Say where each zone's copies lie, too.")
    var copies = false

    @Option(help: "List tweets that only this zone saw.")
    var zoneOnly: String?

    @Option(help: "List tweets that another zone saw and this one did not.")
    var missingFrom: String?

    @Flag(help: "List tweets whose copies differ.")
    var divergent = false

    @Flag(help: "List tweets that were seen and deleted.")
    var deleted = false

    @Flag(help: "Print one JSON document a line.")
    var json = false

    func run() async throws {
        let listing = try TweetListing(
            zoneOnly: zone(zoneOnly, "--zone-only"),
            missingFrom: zone(missingFrom, "--missing-from"), isDivergent: divergent,
            isDeleted: deleted)
        let span = try span.resolve()
        let asksForList = !listing.isUnfiltered || !span.isEverything
        let asksForIDs = !ids.isEmpty || file != nil
        guard asksForList != asksForIDs else {
            throw ConfigurationError(
                "query: expected either ids, or --since, --until or a filter to list ids by")
        }
        if asksForList {
            guard !record, !copies else {
                throw ConfigurationError("query: --record and --copies are of ids, not of a list")
            }
            return try await list(listing, span)
        }
        guard !(record && copies) && !(record && json) else {
            throw ConfigurationError("query: --record prints records and nothing else")
        }
        try await answer(try allIDs())
    }

    private func zone(_ text: String?, _ option: String) throws -> Zone? {
        try text.map { text in
            guard let zone = Zone(text) else {
                throw ConfigurationError("\(option) \(text): not a zone")
            }
            return zone
        }
    }

    // MARK: Listing

    private func list(_ listing: TweetListing, _ span: PartitionSpan) async throws {
        let archive = try await ArchiveReader(options.resolve())
        var output = BufferedOutput()
        for partition in try await archive.partitions(in: span) {
            guard let index = try await archive.index(of: partition) else { continue }
            try listing.forEach(in: index) { entry in
                if json { output.json(entry) } else { output.line(entry.id.description) }
            }
        }
        output.flush()
    }

    // MARK: Answering

    private func allIDs() throws -> [TweetID] {
        var all: [TweetID] = []
        for text in ids {
            all +=
                try text == IDSource.standardInput
                ? IDSource.read(text) : [IDSource.parse(text)]
        }
        if let file { all += try IDSource.read(file) }
        return all
    }

    private func answer(_ ids: [TweetID]) async throws {
        let archive = try await ArchiveReader(options.resolve())
        let query = TweetQuery(
            archive: archive, wantsCopies: copies, wantsRecords: record, now: .now)
        var output = BufferedOutput()
        var isAbsent = false
        var rest = ids[...]
        while !rest.isEmpty {
            for answer in try await query.answers(to: rest.prefix(TweetQuery.batchMax)) {
                isAbsent = !print(answer, to: &output) || isAbsent
            }
            rest = rest.dropFirst(TweetQuery.batchMax)
        }
        output.flush()
        if isAbsent { throw ArgumentParser.ExitCode(Shared.ExitCode.failed.rawValue) }
    }

    /// - Returns: whether what was asked for is there.
    private func print(_ answer: TweetAnswer, to output: inout BufferedOutput) -> Bool {
        switch answer {
        case .seen(let sighting, let bytes) where record:
            guard let bytes else {
                warn("\(sighting.id): is not in the canonical stream: it was deleted")
                return false
            }
            output.write(bytes + [UInt8(ascii: "\n")])
        case .seen(let sighting, _) where json: output.json(sighting)
        case .seen(let sighting, _):
            for line in sighting.text { output.line(line) }
        case .absent(let absence):
            if record {
                warn("\(absence.id): not seen: \(absence.because)")
            } else if json {
                output.json(absence)
            } else {
                for line in absence.text { output.line(line) }
            }
            return false
        }
        return true
    }

    /// Records go to standard output alone.
    private func warn(_ text: String) {
        Logger(label: MergerProgram.name).warning("\(text)")
    }
}
