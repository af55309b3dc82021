import ArgumentParser
import Shared

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read everything again and compare it.",
        discussion: """
            Canonical objects against indexes, indexes against manifests, sums of the ledger; with \
            --segments also the segments against their manifests, and each hour is made again from \
            them and compared row by row. Exits 12 if anything differs.

            Examples:
              merger verify
              merger verify --since 2026-11-22 --segments
            """)

    @OptionGroup var options: MergerOptions
    @OptionGroup var span: SpanOptions

    @Flag(help: "Read the segments too.")
    var segments = false

    func run() async throws {
        let configuration = try options.resolve()
        let archive = try await ArchiveReader(configuration)
        let span = try span.resolve()
        let catalog = SegmentCatalog(cache: archive.cache, dataset: archive.dataset)
        let data = try await OrphanedData(catalog, isFull: true, now: .now)
        let listing = try await catalog.list(isFull: true, now: .now)
        var problems = listing.problems.map { "\($0)" }
        problems += data.problems(listing, in: span, now: .now).map { "\($0)" }
        let rebuild = try segments ? self.rebuild(archive, configuration) : nil
        var ledgers: [Zone: Ledger] = [:]
        var tweets = 0
        var waiting = 0
        let sweep = DeletionSweep(schedule: .daily, now: .now)
        let partitions = try await partitions(listing, archive, span)
        for (partition, manifests) in partitions {
            do {
                guard let index = try await archive.index(of: partition) else {
                    if sweep.defers(manifests, in: partition) {
                        waiting += 1
                        continue
                    }
                    problems.append("partition \(partition): is not merged yet")
                    continue
                }
                var audit = PartitionAudit(index, archive, sweep)
                try await audit.run(manifests)
                problems += audit.problems
                tweets += audit.tweets
                if audit.isWaiting { waiting += 1 }
                for (zone, ledger) in try index.ledgers() {
                    ledgers[zone] = (ledgers[zone] ?? Ledger()) + ledger
                }
                problems += try await rebuild?.run(index, manifests) ?? []
            } catch let error as any OperatorError where error.exitCode == .dataMissing {
                problems.append("partition \(partition): \(error)")
            }
        }
        if segments { problems += try await checkSegments(listing.manifests, archive, span) }
        LedgerTable.print(ledgers.sorted { $0.key < $1.key }.map { ($0.key.name, $0.value) })
        Output.line("\(partitions.count) hours, \(tweets) tweets, \(problems.count) problems")
        WaitingHours.print(waiting)
        for problem in problems { Output.line(problem) }
        if !problems.isEmpty { throw ArgumentParser.ExitCode(Shared.ExitCode.dataMissing.rawValue) }
    }

    private func rebuild(
        _ archive: ArchiveReader, _ configuration: MergerConfiguration
    ) throws -> PartitionRebuild {
        let scratch = try Scratch(root: configuration.scratch)
        return PartitionRebuild(
            dataset: archive.dataset,
            depot: SegmentDepot(store: archive.cache.store, directory: scratch.directory),
            scratch: scratch, memoryBytes: configuration.sliceBytes)
    }

    private func partitions(
        _ listing: SegmentCatalog.Listing, _ archive: ArchiveReader, _ span: PartitionSpan
    ) async throws -> [(key: Partition, value: [SegmentManifest])] {
        var partitions: [Partition: [SegmentManifest]] = [:]
        for partition in try await archive.partitions(in: span) { partitions[partition] = [] }
        for manifest in listing.manifests {
            for partition in manifest.partitions where span.contains(partition) {
                partitions[partition, default: []].append(manifest)
            }
        }
        return partitions.sorted { $0.key < $1.key }
    }

    private func checkSegments(
        _ manifests: [SegmentManifest], _ archive: ArchiveReader, _ span: PartitionSpan
    ) async throws -> [String] {
        var problems: [String] = []
        for manifest in manifests where manifest.partitions.contains(where: span.contains) {
            guard let object = manifest.object else { continue }
            do throws(ObjectStoreError) {
                let digest = try await archive.cache.store.digest(of: manifest.reference.key)
                if digest != object.sha256 {
                    problems.append(
                        "segment \(manifest.reference): has SHA-256 \(digest), not \(object.sha256)"
                    )
                }
            } catch {
                guard error.code == .notFound else { throw error }
                problems.append("segment \(manifest.reference): its data are gone")
            }
        }
        return problems
    }
}
