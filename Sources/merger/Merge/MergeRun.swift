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

    /// How many partitions are under way at once: one is put, one is merged, one is fetched.
    private static let partitionsAheadMax = 3
    /// Of segments that partitions under way may have in the scratch directory, unless one alone
    /// has more.
    private static let bytesAheadMax = 4 << 30

    func run() async throws -> MergeReport {
        let dataset = try await Dataset(stream: configuration.streamName, created: .now)
            .createOrRead(in: store, isConditional: configuration.usesConditionalWrites)
        let cache = try StoreCache(store: store, root: configuration.cache)
        let scratch = try Scratch(root: configuration.scratch)
        let catalog = SegmentCatalog(cache: cache, dataset: dataset)
        var settled = SettledHours(cache, dataset)
        let survey = try await survey(catalog, settled)
        var report = MergeReport()
        report.problems = survey.problems
        report.partitionsUnchanged = survey.partitionsUnchanged
        let depot = SegmentDepot(
            store: store, directory: scratch.directory, progress: progress)
        for place in survey.due.flatMap(\.segments) {
            depot.expect(survey.listing.entries[place].reference)
        }
        let run = Context(
            dataset: dataset, cache: cache, catalog: catalog, depot: depot,
            sweep: DeletionSweep(schedule: configuration.deletions, now: clock()),
            listing: survey.listing, pace: MergePace())
        defer { progress.end() }
        for done in try await settle(survey.due, run) {
            report.add(done.report)
            if let version = done.version {
                settled.add(
                    done.due.partition, version, run.entries(of: done.due).map(\.object.key))
            }
        }
        try settled.keep()
        await removeNotes(survey.listing, report)
        return report
    }

    // MARK: What there is to do

    /// A partition that is not known to hold all of its segments.
    struct Due: Sendable {
        var partition: Partition
        /// Places in the entries of the listing, ascending.
        var segments: [Int]
    }

    struct Survey {
        var listing: SegmentCatalog.Listing
        /// In order.
        var due: [Due] = []
        var partitionsUnchanged = 0
        /// What is wrong with the store.
        var problems: [any OperatorError] = []
    }

    func survey(_ catalog: SegmentCatalog, _ settled: SettledHours) async throws -> Survey {
        let now = clock()
        let data = try await OrphanedData(catalog, isFull: isFull, now: now)
        let listing = try await catalog.find(isFull: isFull, now: now)
        var survey = Survey(listing: listing)
        survey.problems = listing.problems + data.problems(listing, in: span, now: now)
        let partitions = partitions(of: listing.entries)
        let versions = try await PartitionVersion.list(partitions.map(\.partition), in: store)
        for due in partitions {
            let manifests = due.segments.lazy.map { listing.entries[$0].object.key }
            if settled.contains(due.partition, versions[due.partition], manifests) {
                survey.partitionsUnchanged += 1
            } else {
                survey.due.append(due)
            }
        }
        return survey
    }

    /// The partitions in order, each with the segments that concern it.
    private func partitions(of entries: [CatalogEntry]) -> [Due] {
        var partitions: [Partition: [Int]] = [:]
        for (place, entry) in entries.enumerated() {
            for partition in entry.facts.partitions where span.contains(partition) {
                partitions[partition, default: []].append(place)
            }
        }
        return partitions.sorted { $0.key < $1.key }.map {
            Due(partition: $0.key, segments: $0.value)
        }
    }

    // MARK: Doing it

    /// What all partitions of a run share.
    private struct Context: Sendable {
        let dataset: Dataset
        let cache: StoreCache
        let catalog: SegmentCatalog
        let depot: SegmentDepot
        let sweep: DeletionSweep
        let listing: SegmentCatalog.Listing
        let pace: MergePace

        func entries(of due: Due) -> [CatalogEntry] { due.segments.map { listing.entries[$0] } }

        func references(of due: Due) -> [SegmentReference] { entries(of: due).map(\.reference) }

        func bytes(of due: Due) -> Int { entries(of: due).reduce(0) { $0 + $1.facts.bytes } }
    }

    /// What became of one partition.
    private struct Done: Sendable {
        var due: Due
        /// Of this partition alone.
        var report = MergeReport()
        /// Where it holds all of its segments now.
        var version: PartitionVersion?
    }

    /// Several at once, begun in their order.
    ///
    /// - Returns: what became of them, in their order.
    private func settle(_ due: [Due], _ run: Context) async throws -> [Done] {
        let bytes = due.map(run.bytes)
        progress.begin(zip(due.map(\.partition), bytes))
        return try await withThrowingTaskGroup(of: (Int, Done).self) { group in
            var done = [Done?](repeating: nil, count: due.count)
            var bytesAhead = 0
            var ahead = 0
            for number in due.indices {
                while ahead >= Self.partitionsAheadMax
                    || (ahead > 0 && bytesAhead + bytes[number] > Self.bytesAheadMax)
                {
                    guard let (ended, result) = try await group.next() else { break }
                    done[ended] = result
                    bytesAhead -= bytes[ended]
                    ahead -= 1
                }
                try Task.checkCancellation()
                bytesAhead += bytes[number]
                ahead += 1
                group.addTask {
                    (number, try await settle(due[number], number, run))
                }
            }
            for try await (ended, result) in group { done[ended] = result }
            return done.compactMap { $0 }
        }
    }

    private func settle(_ due: Due, _ number: Int, _ run: Context) async throws -> Done {
        let turn = MergeTurn(run.pace, number: number)
        let result = await Result.catching { try await settle(due, turn, run) }
        for reference in run.references(of: due) { run.depot.release(reference) }
        progress.partitionEnded(due.partition)
        await turn.end()
        return try result.get()
    }

    private func settle(_ due: Due, _ turn: MergeTurn, _ run: Context) async throws -> Done {
        var done = Done(due: due)
        do {
            let (manifests, problems) = try await run.catalog.load(
                run.entries(of: due), of: run.listing)
            done.report.problems = problems
            let settlement = PartitionSettlement(
                partition: due.partition, dataset: run.dataset, cache: run.cache,
                catalog: run.catalog, depot: run.depot,
                scratch: try Scratch(root: configuration.scratch), configuration: configuration,
                sweep: run.sweep, turn: turn, progress: progress)
            switch try await settlement.run(manifests, problems: &done.report.problems) {
            case .unchanged(let version):
                done.report.partitionsUnchanged += 1
                done.version = version
            case .waiting:
                done.report.partitionsWaiting += 1
                done.report.unsettled.formUnion(run.references(of: due))
            case .written(let index, let version, let admitted):
                try done.report.add(index)
                done.report.segmentsAdmitted += admitted
                done.version = version
                progress.written(segments: admitted)
            }
        } catch {
            // What was cut short is no problem of the partition.
            try Task.checkCancellation()
            let problem =
                error as? any OperatorError
                ?? MergeError(
                    .contended, "partition \(due.partition): cannot be merged", cause: error)
            done.report.problems.append(problem)
            logger.error("\(problem)")
        }
        if !done.report.problems.isEmpty { done.version = nil }
        for problem in done.report.problems {
            if case .falseManifest(let reference)? = (problem as? MergeError)?.code {
                done.report.unsettled.insert(reference)
            } else {
                done.report.unsettled.formUnion(run.references(of: due))
            }
        }
        return done
    }

    /// Late manifests that were looked at need no note any more, unless they were left out somewhere.
    private func removeNotes(_ listing: SegmentCatalog.Listing, _ report: MergeReport) async {
        guard span.isEverything, !listing.pending.isEmpty else { return }
        let read = listing.replaced.union(listing.entries.map(\.reference))
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
