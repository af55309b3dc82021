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

    func run() async throws -> MergeReport {
        let dataset = try await Dataset(stream: configuration.streamName, created: .now)
            .createOrRead(in: store, isConditional: configuration.usesConditionalWrites)
        let cache = try StoreCache(store: store, root: configuration.cache)
        let scratch = try Scratch(root: configuration.scratch)
        let catalog = SegmentCatalog(cache: cache, dataset: dataset)
        let listing = try await catalog.list(isFull: isFull, now: .now)
        var report = MergeReport()
        report.problems = listing.problems
        let depot = SegmentDepot(store: store, directory: scratch.directory)
        let plan = plan(listing.manifests, depot)
        progress.begin(partitions: plan.count)
        for (partition, manifests) in plan {
            try Task.checkCancellation()
            let settlement = PartitionSettlement(
                partition: partition, dataset: dataset, cache: cache, catalog: catalog,
                depot: depot, scratch: scratch, configuration: configuration)
            await settle(settlement, manifests, &report)
            for manifest in manifests { depot.release(manifest.reference) }
        }
        progress.end()
        await removeNotes(listing, report)
        return report
    }

    /// The partitions in order, each with the segments that concern it.
    private func plan(
        _ manifests: [SegmentManifest], _ depot: SegmentDepot
    ) -> [(partition: Partition, manifests: [SegmentManifest])] {
        var partitions: [Partition: [SegmentManifest]] = [:]
        for manifest in manifests {
            for partition in manifest.partitions where span.contains(partition) {
                partitions[partition, default: []].append(manifest)
                depot.expect(manifest.reference)
            }
        }
        return partitions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func settle(
        _ settlement: PartitionSettlement, _ manifests: [SegmentManifest],
        _ report: inout MergeReport
    ) async {
        do {
            switch try await settlement.run(manifests, problems: &report.problems) {
            case .unchanged:
                report.partitionsUnchanged += 1
                progress.partitionDone(nil, segments: 0)
            case .written(let index, let admitted):
                try report.add(index)
                report.segmentsAdmitted += admitted
                progress.partitionDone(try index.rawBytes(), segments: admitted)
            }
        } catch let error as any OperatorError {
            report.problems.append(error)
            logger.error("\(error)")
        } catch {
            report.problems.append(
                MergeError(
                    .contended, "partition \(settlement.partition): cannot be merged", cause: error)
            )
        }
    }

    /// Late manifests that were looked at need no note any more, unless something was left out.
    private func removeNotes(_ listing: SegmentCatalog.Listing, _ report: MergeReport) async {
        guard report.problems.isEmpty, span.isEverything else { return }
        let read = Set(listing.manifests.map(\.reference))
        for note in listing.pending where read.contains(note.reference) {
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
