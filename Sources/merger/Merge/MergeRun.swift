import Logging
import Shared

/// One run of the merger over a store: from manifests to indexes and canonical objects.
///
/// A crash anywhere is repaired by running again.
struct MergeRun: Sendable {
    let store: any ObjectStore
    let configuration: MergerConfiguration
    let span: PartitionSpan
    /// All manifests instead of the recent and late ones.
    let isFull: Bool
    let logger: Logger
    let progress: Progress
    var clock: @Sendable () -> Timestamp = { .now }

    func run() async throws -> MergeReport {
        let dataset = try await Dataset(stream: configuration.streamName, created: .now)
            .createOrRead(in: store, isConditional: configuration.usesConditionalWrites)
        let cache = try StoreCache(store: store, root: configuration.cache)
        let scratch = try Scratch(root: configuration.scratch)
        let catalog = SegmentCatalog(cache: cache, dataset: dataset)
        var report = MergeReport()
        let (listing, problems) = try await survey(catalog)
        report.problems = problems
        let sweep = DeletionSweep(schedule: configuration.deletions, now: clock())
        let depot = SegmentDepot(store: store, directory: scratch.directory)
        let partitions = partitions(of: listing.manifests)
        for manifest in partitions.flatMap(\.manifests) { depot.expect(manifest.reference) }
        progress.begin(partitions: partitions.count)
        defer { progress.end() }
        for (partition, manifests) in partitions {
            try Task.checkCancellation()
            progress.partitionBegun(partition)
            let settlement = PartitionSettlement(
                partition: partition, dataset: dataset, cache: cache, catalog: catalog,
                depot: depot, scratch: scratch, configuration: configuration, sweep: sweep)
            try await settle(settlement, manifests, &report)
            for manifest in manifests { depot.release(manifest.reference) }
        }
        await removeNotes(listing, report)
        return report
    }

    /// What the store holds, and what is wrong with it.
    func survey(
        _ catalog: SegmentCatalog
    ) async throws -> (listing: SegmentCatalog.Listing, problems: [any OperatorError]) {
        let now = clock()
        let data = try await OrphanedData(catalog, isFull: isFull, now: now)
        let listing = try await catalog.list(isFull: isFull, now: now)
        return (listing, listing.problems + data.problems(listing, in: span, now: now))
    }

    /// The partitions in order, each with the segments that concern it.
    func partitions(
        of manifests: [SegmentManifest]
    ) -> [(partition: Partition, manifests: [SegmentManifest])] {
        var partitions: [Partition: [SegmentManifest]] = [:]
        for manifest in manifests {
            for partition in manifest.partitions where span.contains(partition) {
                partitions[partition, default: []].append(manifest)
            }
        }
        return partitions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func settle(
        _ settlement: PartitionSettlement, _ manifests: [SegmentManifest],
        _ report: inout MergeReport
    ) async throws {
        let problemsBefore = report.problems.count
        do {
            switch try await settlement.run(manifests, problems: &report.problems) {
            case .unchanged:
                report.partitionsUnchanged += 1
                progress.partitionDone(nil, segments: 0)
            case .waiting:
                report.partitionsWaiting += 1
                report.unsettled.formUnion(manifests.map(\.reference))
                progress.partitionDone(nil, segments: 0)
            case .written(let index, let admitted):
                try report.add(index)
                report.segmentsAdmitted += admitted
                progress.partitionDone(try index.rawBytes(), segments: admitted)
            }
        } catch {
            // What was cut short is no problem of the partition.
            try Task.checkCancellation()
            let problem =
                error as? any OperatorError
                ?? MergeError(
                    .contended, "partition \(settlement.partition): cannot be merged", cause: error)
            report.problems.append(problem)
            logger.error("\(problem)")
        }
        for problem in report.problems[problemsBefore...] {
            if case .falseManifest(let reference)? = (problem as? MergeError)?.code {
                report.unsettled.insert(reference)
            } else {
                report.unsettled.formUnion(manifests.map(\.reference))
            }
        }
    }

    /// Late manifests that were looked at need no note any more, unless they were left out somewhere.
    private func removeNotes(_ listing: SegmentCatalog.Listing, _ report: MergeReport) async {
        guard span.isEverything else { return }
        let read = listing.replaced.union(listing.manifests.map(\.reference))
        let left = Set(
            listing.pending.filter { report.unsettled.contains($0.reference) }.map(\.key))
        for note in listing.pending where read.contains(note.reference) && !left.contains(note.key)
        {
            do {
                try await store.delete(note.key)
            } catch {
                logger.warning("\(error)")
            }
        }
    }
}

extension PartitionIndex {
    /// Of the canonical object, inflated.
    func rawBytes() throws -> Int {
        Int(try database.integer("SELECT rawBytes FROM partition") ?? 0)
    }
}
