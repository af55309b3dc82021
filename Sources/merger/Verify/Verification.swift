import Shared

/// Reads a store again and compares everything in it with everything else.
struct Verification: Sendable {
    let archive: ArchiveReader
    let configuration: MergerConfiguration
    let span: PartitionSpan
    /// Also compares segments with their manifests, and makes every hour again from them.
    let readsSegments: Bool

    struct Report: Sendable {
        var hours = 0
        var tweets = 0
        /// Ids whose deletion is recorded; where the dataset honours it, none has a record.
        var deletions = 0
        /// Hours with notices that wait for the daily sweep.
        var hoursWaiting = 0
        var segmentsExpired = 0
        var zones: [Zone: Ledger] = [:]
        var problems: [String] = []
    }

    func run(now: Timestamp) async throws -> Report {
        let scratch = try Scratch(root: configuration.scratch)
        // Of what the cache holds it would not be known whether it lies in the store.
        let cache = try StoreCache(
            store: archive.cache.store, root: "\(scratch.directory)/cache")
        let fresh = Verification(
            archive: ArchiveReader(cache: cache, dataset: archive.dataset),
            configuration: configuration, span: span, readsSegments: readsSegments)
        return try await fresh.run(scratch, now: now)
    }

    private func run(_ scratch: Scratch, now: Timestamp) async throws -> Report {
        let catalog = archive.catalog
        let data = try await OrphanedData(catalog, isFull: true, now: now)
        let listing = try await catalog.find(isFull: true, now: now)
        var report = Report()
        report.problems = listing.problems.map { "\($0)" }
        report.problems += data.problems(listing, in: span, now: now).map { "\($0)" }
        var presence = DataPresence(data, archive.cache.store)
        let sweep = DeletionSweep(schedule: .daily, now: now)
        for (partition, entries) in try await partitions(listing) {
            report.hours += 1
            do {
                let (manifests, problems) = try await catalog.load(entries, of: listing)
                report.problems += problems.map { "\($0)" }
                let rows = try await check(partition, manifests, sweep, scratch, &report)
                presence.add(rows)
            } catch let error as any OperatorError where error.exitCode == .dataMissing {
                report.problems.append("partition \(partition): \(error)")
            }
        }
        report.segmentsExpired = presence.expired.count
        report.problems += try await strayProblems()
        let entries = listing.entries.filter { $0.facts.partitions.contains(where: span.contains) }
        report.problems += try await presence.problems(entries)
        guard readsSegments else { return report }
        for entry in entries {
            // Whether a manifest can be read was said with its hours.
            let (manifests, _) = try await catalog.load([entry], of: listing)
            for manifest in manifests {
                report.problems += try await segmentProblems(manifest)
                report.problems += try await quarantineProblems(manifest)
            }
        }
        return report
    }

    private func partitions(
        _ listing: SegmentCatalog.Listing
    ) async throws -> [(key: Partition, value: [CatalogEntry])] {
        var partitions: [Partition: [CatalogEntry]] = [:]
        for partition in try await archive.partitions(in: span) { partitions[partition] = [] }
        for entry in listing.entries {
            for partition in entry.facts.partitions where span.contains(partition) {
                partitions[partition, default: []].append(entry)
            }
        }
        return partitions.sorted { $0.key < $1.key }
    }

    /// - Returns: the segments of the hour's index.
    private func check(
        _ partition: Partition, _ manifests: [SegmentManifest], _ sweep: DeletionSweep,
        _ scratch: Scratch, _ report: inout Report
    ) async throws -> [SegmentRow] {
        guard let index = try await archive.index(of: partition) else {
            if sweep.defers(manifests, in: partition) {
                report.hoursWaiting += 1
            } else {
                report.problems.append("partition \(partition): is not merged yet")
            }
            return []
        }
        var audit = PartitionAudit(index, archive, sweep, scratch)
        try await audit.run(manifests)
        report.problems += audit.problems + audit.unmergedProblems
        report.tweets += audit.tweets
        report.deletions += Int(try index.database.integer("SELECT count(*) FROM deletion") ?? 0)
        if audit.isWaiting { report.hoursWaiting += 1 }
        for (zone, ledger) in try index.ledgers() {
            report.zones[zone] = (report.zones[zone] ?? Ledger()) + ledger
        }
        guard readsSegments else { return audit.rows }
        let rebuild = PartitionRebuild(
            dataset: archive.dataset,
            depot: SegmentDepot(store: archive.cache.store, directory: scratch.directory),
            scratch: scratch, memoryBytes: configuration.sliceBytes)
        report.problems += try await rebuild.run(index, manifests)
        return audit.rows
    }

    /// Who reads `canonical/` as a table reads whatever lies there.
    private func strayProblems() async throws -> [String] {
        // In this order: a run that writes an hour meanwhile puts its index first.
        let objects = try await archive.cache.store.listAll(StoreLayout.canonicalPrefix)
        let indexed = Set(try await archive.partitions(in: span))
        return objects.compactMap { object in
            guard let partition = StoreLayout.parsePartition(object.key) else {
                return "\(object.key): is no canonical object: remove it"
            }
            guard span.contains(partition), !indexed.contains(partition) else { return nil }
            return "partition \(partition): has a canonical object and no index"
        }
    }

    /// What was cut off a line is nowhere else.
    private func quarantineProblems(_ manifest: SegmentManifest) async throws -> [String] {
        guard let overlong = manifest.overlong else { return [] }
        let first = StoreLayout.quarantine(manifest.name, of: manifest.zone, number: 1).path
        let pieces = try await archive.cache.store.listAll(String(first.dropLast("1.bin".count)))
        guard pieces.count < overlong.lines else { return [] }
        return [
            "segment \(manifest.reference): \(overlong.lines - pieces.count) of the "
                + "\(overlong.lines) lines that were cut off are gone from quarantine/"
        ]
    }

    private func segmentProblems(_ manifest: SegmentManifest) async throws -> [String] {
        guard let object = manifest.object else { return [] }
        do throws(ObjectStoreError) {
            let digest = try await archive.cache.store.digest(of: manifest.reference.key)
            guard digest != object.sha256 else { return [] }
            return ["segment \(manifest.reference): has SHA-256 \(digest), not \(object.sha256)"]
        } catch {
            // Whether they may be gone is looked at for all segments.
            guard error.code == .notFound else { throw error }
            return []
        }
    }
}
