import Shared

/// Takes the data of old segments away, once nothing has to be made from them any more.
///
/// ```
/// old enough? ─► prove every hour ─► mark the rows ─► look again ─► delete
/// ```
///
/// The rows of all hours say `expired` before the first object goes, so whatever is cut short, no
/// hour takes data for lost that were taken away, and the next expiry goes on
/// (`docs/decisions/0022-rows-expire-before-data.md`).
struct Expiry: Sendable {
    let archive: ArchiveReader
    let configuration: MergerConfiguration
    let scratch: Scratch
    let age: Duration
    let isDryRun: Bool

    private var cache: StoreCache { archive.cache }
    private var store: any ObjectStore { archive.cache.store }

    /// Each attempt is lost only to somebody else's progress.
    private static let attemptsMax = 10

    func run(now: Timestamp) async throws -> ExpiryReport {
        let catalog = archive.catalog
        let data = try await OrphanedData(catalog, isFull: true, now: now)
        let listing = try await catalog.find(isFull: true, now: now)
        let found = try await ExpiryCandidates(
            listing, of: catalog, data, olderThan: age, now: now)
        var report = ExpiryReport(isDryRun: isDryRun)
        var rest = found.candidates
        for partition in found.partitions {
            let (manifests, problems) = try await catalog.load(
                found.entries[partition] ?? [], of: listing)
            report.problems += problems.map { "\($0)" }
            let reasons =
                problems.isEmpty
                ? try await proof(of: partition, manifests, now, &report)
                : .all("a manifest of the hour cannot be read")
            hold(&rest, back: reasons, partition, &report)
        }
        CrashPoint.expiryProved.reach(configuration.crashPoint)
        guard !isDryRun else {
            for candidate in rest { report.add(candidate) }
            return report
        }
        for partition in found.partitions {
            let reasons = try await mark(rest, in: partition, &report)
            hold(&rest, back: reasons, partition, &report)
        }
        for partition in found.partitions {
            let reasons = try await secondLook(at: partition, rest)
            hold(&rest, back: reasons, partition, &report)
        }
        CrashPoint.expiryMarked.reach(configuration.crashPoint)
        for candidate in rest {
            for object in candidate.objects { try await store.delete(object.key) }
            report.add(candidate)
            CrashPoint.segmentDeleted.reach(configuration.crashPoint)
        }
        return report
    }

    /// Why segments of a partition cannot go.
    private enum Reasons {
        case all(String)
        case some([SegmentReference: String])

        func of(_ segment: SegmentReference) -> String? {
            switch self {
            case .all(let reason): reason
            case .some(let reasons): reasons[segment]
            }
        }
    }

    private func hold(
        _ rest: inout [ExpiryCandidates.Candidate], back reasons: Reasons, _ partition: Partition,
        _ report: inout ExpiryReport
    ) {
        rest.removeAll { candidate in
            guard candidate.partitions.contains(partition),
                let reason = reasons.of(candidate.reference)
            else { return false }
            report.heldBack.append(
                ExpiryReport.HeldBack(
                    segment: "\(candidate.reference)", hour: partition, reason: reason))
            return true
        }
    }

    // MARK: Proving

    /// Reads index and canonical object of an hour again, all of both.
    private func proof(
        of partition: Partition, _ manifests: [SegmentManifest], _ now: Timestamp,
        _ report: inout ExpiryReport
    ) async throws -> Reasons {
        do {
            let state = try await PartitionState.read(partition, cache)
            guard let index = state.index else {
                return .all("the hour is not merged yet: merger run")
            }
            let wanted = try index.wanted()
            if state.canonicalDigest != wanted, state.canonicalDigest == (try index.replaced()) {
                return .all("the hour is being written, or a run was cut short in it: merger run")
            }
            var audit = PartitionAudit(
                index, archive, DeletionSweep(schedule: .daily, now: now), scratch)
            try await audit.run(manifests)
            report.problems += audit.problems
            guard audit.problems.isEmpty else { return .all("the hour has problems") }
            return .some(
                audit.unmerged.reduce(into: [:]) { reasons, segment in
                    reasons[segment] = "it is not merged into the hour yet: merger run"
                })
        } catch let error as any OperatorError where error.exitCode == .dataMissing {
            report.problems.append("partition \(partition): \(error)")
            return .all("the hour has problems")
        }
    }

    // MARK: Marking

    /// Writes into the index that the data are gone.
    private func mark(
        _ candidates: [ExpiryCandidates.Candidate], in partition: Partition,
        _ report: inout ExpiryReport
    ) async throws -> Reasons {
        let segments = candidates.filter { $0.partitions.contains(partition) }
        guard !segments.isEmpty else { return .some([:]) }
        for _ in 0..<Self.attemptsMax {
            let state = try await PartitionState.read(partition, cache)
            guard let index = state.index, let object = state.indexObject,
                state.canonicalDigest == (try index.wanted())
            else { return .all("the hour is being written") }
            let rows = try rows(of: index)
            for segment in segments where rows[segment.reference]?.sha256 != segment.sha256 {
                return .all("the hour was merged anew")
            }
            let left = segments.map(\.reference).filter { rows[$0]?.isExpired == false }
            if left.isEmpty { return .some([:]) }
            do {
                try await put(left, in: partition, replacing: object)
                report.hoursMarked += 1
                CrashPoint.hourMarked.reach(configuration.crashPoint)
                return .some([:])
            } catch let error as ObjectStoreError where error.code == .preconditionFailed {
                continue
            }
        }
        return .all("somebody else wrote the hour \(Self.attemptsMax) times: try again later")
    }

    private func rows(of index: PartitionIndex) throws -> [SegmentReference: SegmentRow] {
        Dictionary(
            try index.segments().map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first }
        )
    }

    private func put(
        _ segments: [SegmentReference], in partition: Partition, replacing object: StoredObject
    ) async throws {
        let path = "\(scratch.directory)/expired.sqlite"
        try copy(try await cache.path(of: object), to: path)
        try PartitionIndex.expire(segments, in: path)
        let (digest, bytes) = try ContentDigest.ofFile(path)
        let index = try await store.put(
            .file(path: path, bytes: bytes, digest: digest), at: object.key,
            if: configuration.usesConditionalWrites ? .matches(object.etag) : .always)
        try cache.removeOthers(than: index)
    }

    private static let copyBytesStep = 1 << 20

    private func copy(_ source: String, to target: String) throws {
        let source = try LocalFile.read(source)
        let target = try LocalFile.replace(target)
        var offset = 0
        while case let piece = try source.read(offset..<offset + Self.copyBytesStep), !piece.isEmpty
        {
            try target.write(piece)
            offset += piece.count
        }
    }

    // MARK: Deleting

    /// The newest state of an hour must not need the data, whoever wrote it meanwhile.
    private func secondLook(
        at partition: Partition, _ candidates: [ExpiryCandidates.Candidate]
    ) async throws -> Reasons {
        let segments = candidates.map(\.reference)
        guard candidates.contains(where: { $0.partitions.contains(partition) }) else {
            return .some([:])
        }
        let state = try await PartitionState.read(partition, cache)
        guard let index = state.index, let digest = state.canonicalDigest,
            try [index.wanted(), index.replaced()].contains(digest)
        else { return .all("the hour's canonical object is not the one that was proved") }
        let rows = try rows(of: index)
        return .some(
            segments.reduce(into: [:]) { reasons, segment in
                guard rows[segment]?.isExpired != true else { return }
                reasons[segment] = "the hour does not say that it has expired"
            })
    }
}

extension ExpiryReport {
    fileprivate mutating func add(_ candidate: ExpiryCandidates.Candidate) {
        expired.append(
            Entry(
                segment: "\(candidate.reference)", bytes: candidate.bytes,
                received: candidate.received))
    }
}

extension PartitionIndex {
    /// Changes a copy of an index file that nobody else sees.
    static func expire(_ segments: [SegmentReference], in path: String) throws {
        let database = try Database(path, .update)
        try database.run("BEGIN")
        let update = try database.prepare("UPDATE segment SET state = 'expired' WHERE key = ?")
        for segment in segments {
            update.bind(1, segment.key.path)
            try update.run()
        }
        try database.run("COMMIT")
    }
}
