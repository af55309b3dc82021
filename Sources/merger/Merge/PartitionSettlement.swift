import Shared

/// Brings one partition in the store to the state that its segments ask for.
///
/// ```
/// read index and object ─► anything to do? ─► fetch ─► merge locally ─► put index ─► put object
///        ▲                                                                  │            │
///        └────────────────── somebody else wrote meanwhile (412) ◄──────────┴────────────┘
/// ```
///
/// The index goes first and says which object is wanted and which it replaces, so a crash between
/// the two is seen and repaired by the next run.
struct PartitionSettlement {
    let partition: Partition
    let dataset: Dataset
    let cache: StoreCache
    let catalog: SegmentCatalog
    let depot: SegmentDepot
    let scratch: Scratch
    let configuration: MergerConfiguration
    let sweep: DeletionSweep
    /// When this partition may be merged and written.
    var turn = MergeTurn()
    var progress: Progress?

    /// The version is nil where something was left out.
    enum Outcome {
        case unchanged(PartitionVersion?)
        /// Nothing but notices came, and they wait for the daily sweep.
        case waiting
        case written(PartitionIndex, PartitionVersion?, admitted: Int)
    }

    /// Each attempt is lost only to somebody else's progress.
    private static let attemptsMax = 10

    private var store: any ObjectStore { cache.store }

    /// - Parameters:
    ///   - manifests: segments of the catalog that have lines or their home here.
    ///   - problems: gets what had to be left out.
    func run(
        _ manifests: [SegmentManifest], problems: inout [any OperatorError]
    ) async throws -> Outcome {
        var outcome = Outcome.unchanged(nil)
        for _ in 0..<Self.attemptsMax {
            do {
                let state = try await PartitionState.read(partition, cache)
                switch try await decide(on: state, manifests) {
                case .nothing:
                    guard case .unchanged = outcome else { return outcome }
                    return .unchanged(try settledVersion(state, manifests))
                case .wait:
                    if case .unchanged = outcome { outcome = .waiting }
                    return outcome
                case .work(let work):
                    outcome = try await carryOut(work, manifests, on: state, problems: &problems)
                    if work.isLast { return outcome }
                }
            } catch let error as ObjectStoreError where error.code == .preconditionFailed {
                continue
            }
        }
        throw MergeError(
            .contended,
            "partition \(partition): somebody else wrote it \(Self.attemptsMax) times: try again later"
        )
    }

    /// Adds what ``run(_:problems:)`` would do.
    func plan(_ manifests: [SegmentManifest], into plan: inout MergePlan) async throws {
        let state = try await PartitionState.read(partition, cache)
        let work: Work
        switch try await decide(on: state, manifests) {
        case .nothing:
            plan.hoursUnchanged += 1
            return
        case .wait:
            plan.hoursWaiting.append(partition)
            return
        case .work(let found): work = found
        }
        let kind: MergePlan.Work =
            if state.index == nil { .new } else if !work.usesBase { .rebuilt } else {
                work.isLast ? .added : .completed
            }
        plan.add(
            partition, kind, work.manifests,
            baseBytes: work.usesBase ? state.canonical?.bytes ?? 0 : 0)
    }

    /// That of a state that has all of these segments and nothing to be done.
    private func settledVersion(
        _ state: PartitionState, _ manifests: [SegmentManifest]
    ) throws -> PartitionVersion? {
        guard let index = state.index, let indexObject = state.indexObject,
            let canonical = state.canonical, state.canonicalDigest == (try index.wanted())
        else { return nil }
        return try version(index, indexObject.etag, canonical.etag, manifests)
    }

    private func version(
        _ index: PartitionIndex, _ indexTag: ETag, _ canonicalTag: ETag,
        _ manifests: [SegmentManifest]
    ) throws -> PartitionVersion? {
        let admitted = Set(try index.segments().map(\.reference))
        guard manifests.allSatisfy({ admitted.contains($0.reference) }) else { return nil }
        return PartitionVersion(index: indexTag, canonical: canonicalTag)
    }

    // MARK: Deciding

    private enum Decision {
        case nothing
        case wait
        case work(Work)
    }

    private struct Work {
        /// Whether index and object are built upon; otherwise everything is made from segments.
        var usesBase: Bool
        var manifests: [SegmentManifest]
        /// False where it only brings an earlier run to its end.
        var isLast = true
    }

    private func decide(
        on state: PartitionState, _ manifests: [SegmentManifest]
    ) async throws -> Decision {
        guard let index = state.index else {
            guard state.canonical == nil else {
                throw MergeError(
                    .cannotRebuild,
                    "partition \(partition): has a canonical object and no index: left alone")
            }
            return decide(Work(usesBase: false, manifests: manifests), for: manifests)
        }
        let rows = try index.segments()
        let admitted = Set(rows.map(\.reference))
        let new = manifests.filter { !admitted.contains($0.reference) }
        if state.canonicalDigest == (try index.wanted()) {
            return decide(Work(usesBase: true, manifests: new), for: new)
        }
        if state.canonicalDigest == (try index.replaced()) {
            // First the object of that index and only then another index: whoever put it may be at
            // work still, and what lies in the store must be what the index wants or replaces.
            guard !rows.contains(where: { $0.isAdded && $0.isExpired }) else { throw expired() }
            let added = rows.filter(\.isAdded).map(\.reference)
            return .work(
                Work(usesBase: true, manifests: try await known(added, manifests), isLast: false))
        }
        guard !rows.contains(where: \.isExpired) else { throw expired() }
        return .work(
            Work(
                usesBase: false, manifests: try await known(rows.map(\.reference), manifests) + new)
        )
    }

    private func expired() -> MergeError {
        MergeError(
            .cannotRebuild,
            """
            partition \(partition): its canonical object is not the one that the index wants, and \
            segments to make it from have expired: left alone
            """)
    }

    private func decide(_ work: Work, for new: [SegmentManifest]) -> Decision {
        if new.isEmpty { return .nothing }
        return sweep.defers(new, in: partition) ? .wait : .work(work)
    }

    private func known(
        _ references: [SegmentReference], _ manifests: [SegmentManifest]
    ) async throws -> [SegmentManifest] {
        let listed = Dictionary(
            manifests.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        let missing = references.filter { listed[$0] == nil }
        return references.compactMap { listed[$0] } + (try await catalog.manifests(of: missing))
    }

    // MARK: Doing

    private func carryOut(
        _ work: Work, _ manifests: [SegmentManifest], on state: PartitionState,
        problems: inout [any OperatorError]
    ) async throws -> Outcome {
        progress?.expect(
            bytes: work.manifests.reduce(0) { $0 + ($1.object?.bytes ?? 0) }, of: partition)
        let (fetched, unfetched) = try await depot.fetch(work.manifests)
        problems += unfetched
        let admitted = try state.index.map { Set(try $0.segments().map(\.reference)) } ?? []
        // What the index has admitted cannot be left out of it again.
        let here = Set(fetched.map(\.manifest.reference))
        let lost = work.manifests.map(\.reference).first {
            admitted.contains($0) && !here.contains($0)
        }
        if let lost {
            throw MergeError(
                .cannotRebuild, "partition \(partition): segment \(lost) is gone or damaged",
                cause: unfetched.first)
        }
        var segments = fetched
        while true {
            let new = segments.filter { !admitted.contains($0.manifest.reference) }
            if new.isEmpty, state.canonicalDigest == (try state.index?.wanted()) {
                return .unchanged(nil)
            }
            do {
                let result = try await merge(work, segments, on: state)
                let (index, version) = try await publish(result, manifests, on: state)
                return .written(index, version, admitted: new.count)
            } catch let error as MergeError {
                guard case .falseManifest(let reference) = error.code,
                    !admitted.contains(reference)
                else { throw error }
                problems.append(error)
                segments.removeAll { $0.manifest.reference == reference }
            }
        }
    }

    private func merge(
        _ work: Work, _ segments: [PartitionMerge.Segment], on state: PartitionState
    ) async throws -> PartitionMerge.Result {
        var base: PartitionMerge.Base?
        if work.usesBase, let index = state.index {
            base = PartitionMerge.Base(
                index: index, canonicalPath: try await copyOfCanonical(state))
        }
        var merge = PartitionMerge(
            partition: partition, dataset: dataset, memoryBytes: configuration.sliceBytes,
            directory: scratch.directory)
        merge.onProgress = { progress?.merged(share: $0) }
        await turn.beginMerging()
        progress?.partitionBegun(partition)
        let result = Result {
            try merge.run(base: base, new: segments, replaces: state.canonicalDigest)
        }
        await turn.endMerging()
        let files = try result.get()
        CrashPoint.filesBuilt.reach(configuration.crashPoint)
        return files
    }

    private func copyOfCanonical(_ state: PartitionState) async throws -> String? {
        guard let object = state.canonical else { return nil }
        let path = "\(scratch.directory)/base.ndjson.gz"
        let fetched = try await store.fetch(object.key, to: path)
        let digest = try fetched.digest ?? ContentDigest.ofFile(path).digest
        guard digest == state.canonicalDigest else {
            throw ObjectStoreError(.preconditionFailed, "\(object.key): was replaced meanwhile")
        }
        return path
    }

    private func publish(
        _ result: PartitionMerge.Result, _ manifests: [SegmentManifest], on state: PartitionState
    ) async throws -> (PartitionIndex, PartitionVersion?) {
        await turn.awaitWriting()
        try Task.checkCancellation()
        let (digest, bytes) = try ContentDigest.ofFile(result.indexPath)
        let index = try await store.put(
            .file(path: result.indexPath, bytes: bytes, digest: digest),
            at: StoreLayout.index(partition), if: condition(state.indexObject))
        CrashPoint.indexPut.reach(configuration.crashPoint)
        var canonicalTag = state.canonical?.etag
        if result.canonical.objectDigest != state.canonicalDigest {
            let object = try await store.put(
                .file(
                    path: result.canonicalPath, bytes: result.canonical.objectBytes,
                    digest: result.canonical.objectDigest),
                at: StoreLayout.canonical(partition), if: condition(state.canonical))
            canonicalTag = object.etag
            try cache.remember(result.canonical.objectDigest, of: object.key, object.etag)
        }
        CrashPoint.canonicalPut.reach(configuration.crashPoint)
        let path = try await cache.path(of: index)
        try cache.removeOthers(than: index)
        let written = try PartitionIndex(path, of: partition)
        return (
            written,
            try canonicalTag.flatMap { try version(written, index.etag, $0, manifests) }
        )
    }

    private func condition(_ there: StoredObject?) -> WriteCondition {
        guard configuration.usesConditionalWrites else { return .always }
        return there.map { .matches($0.etag) } ?? .absent
    }
}
