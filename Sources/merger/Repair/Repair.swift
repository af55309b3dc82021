import Shared

/// Writes manifests from the bytes, for data that have none or a false one.
///
/// ```
/// data ─► merged as they are? ─► read ─► whole members of whole lines ─► <name>.<digits>.json
///                                  └──► damaged ─► what inflates, as a segment that stands for it
/// ```
///
/// Nothing that is there is changed. May be interrupted anywhere and run again.
struct Repair {
    let maker: SegmentMaker
    let cache: StoreCache
    let span: PartitionSpan
    /// Younger data without a manifest are left to whoever is shipping them.
    let grace: Duration
    let isDryRun: Bool

    private var store: any ObjectStore { maker.store }
    private var dataset: Dataset { maker.dataset }

    private struct Suspect {
        var reference: SegmentReference
        /// What the store says of it, which may be false.
        var manifest: SegmentManifest?
        /// Whether something lies where its manifest should.
        var isNamed: Bool

        var reason: RepairReport.Reason { isNamed ? .falseManifest : .noManifest }
    }

    func run(now: Timestamp) async throws -> RepairReport {
        let catalog = SegmentCatalog(cache: cache, dataset: dataset)
        let data = try await OrphanedData(catalog, isFull: true, now: now)
        let listing = try await catalog.list(isFull: true, now: now)
        var report = RepairReport(isDryRun: isDryRun)
        var admitted = AdmittedDigests(cache)
        var sound: [(Suspect, SegmentManifest)] = []
        for suspect in suspects(data, listing, now) {
            try Task.checkCancellation()
            try await noting(&report) { report in
                guard try await !isMerged(suspect, &admitted) else { return }
                report.examined += 1
                if let manifest = try await examine(suspect, &admitted, &report) {
                    sound.append((suspect, manifest))
                }
            }
        }
        // Only here: among them may be the data of a stand-in whose manifest was still to come.
        for (suspect, manifest) in sound {
            try Task.checkCancellation()
            try await noting(&report) { try await write(manifest, for: suspect, &$0) }
        }
        return report
    }

    private func suspects(
        _ data: OrphanedData, _ listing: SegmentCatalog.Listing, _ now: Timestamp
    ) -> [Suspect] {
        let manifests = Dictionary(
            listing.manifests.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        return data.segments.map(\.reference).filter { reference in
            span.contains(reference.name.homePartition) && !listing.replaced.contains(reference)
                && !listing.foreign.contains(reference)
                && (listing.named.contains(reference)
                    || reference.name.start.duration(to: now) > grace)
        }.map {
            Suspect(
                reference: $0, manifest: manifests[$0], isNamed: listing.named.contains($0))
        }
    }

    /// Notes a problem of one segment; what concerns all ends the repair.
    private func noting(
        _ report: inout RepairReport, _ body: (inout RepairReport) async throws -> Void
    ) async throws {
        do {
            try await body(&report)
        } catch let error as any OperatorError
            where error.disposition == .giveUp || error.exitCode == .dataMissing
        {
            report.add(error)
        }
    }

    /// Whoever merged a segment has read it and found its manifest true.
    private func isMerged(
        _ suspect: Suspect, _ admitted: inout AdmittedDigests
    ) async throws -> Bool {
        guard let manifest = suspect.manifest else { return false }
        let digests = try await admitted.of(suspect.reference, in: manifest.partitions)
        return digests.allSatisfy { $0 != nil && $0 == manifest.object?.sha256 }
    }

    /// - Returns: the manifest to be written, if the data are sound and have none that is true.
    private func examine(
        _ suspect: Suspect, _ admitted: inout AdmittedDigests, _ report: inout RepairReport
    ) async throws -> SegmentManifest? {
        let path = try await localCopy(of: suspect.reference)
        let (digest, _) = try ContentDigest.ofFile(path)
        let limits = dataset.limits
        let reading = try SegmentReading.read(path, of: suspect.reference, digest, dataset)
        let partitions = Set(
            (suspect.manifest?.partitions ?? []) + (reading?.partitions(limits) ?? [])
                + [suspect.reference.name.homePartition])
        let digests = try await admitted.of(suspect.reference, in: partitions)
        if let other = digests.compactMap({ $0 }).first(where: { $0 != digest }) {
            throw MergeError(
                .falseManifest(suspect.reference),
                """
                segment \(suspect.reference): was merged with SHA-256 \(other), its data have \
                \(digest): restore the version of that digest
                """)
        }
        guard let reading else {
            try await salvage(suspect.reference, path, digest, &report)
            return nil
        }
        if let manifest = suspect.manifest, reading.agrees(with: manifest, limits) { return nil }
        return reading.manifest(of: dataset.stream, limits)
    }

    private func localCopy(of reference: SegmentReference) async throws -> String {
        if let directory = store as? DirectoryObjectStore {
            return directory.localPath(of: reference.key)
        }
        let path = "\(maker.scratch.directory)/data.gz"
        _ = try await store.fetch(reference.key, to: path)
        return path
    }

    private func write(
        _ manifest: SegmentManifest, for suspect: Suspect, _ report: inout RepairReport
    ) async throws {
        let reference = suspect.reference
        let claim = StoreLayout.manifest(reference.name, of: reference.zone)
        // Reading took its time, and whoever was shipping it may have ended that.
        if !suspect.isNamed, try await store.head(claim) != nil { return }
        guard let object = manifest.object else { return }
        let key = StoreLayout.repairedManifest(
            reference.name, of: reference.zone, data: object.sha256)
        if !isDryRun { try await maker.ship(manifest, at: key) }
        report.repaired.append(
            RepairReport.Entry(
                segment: "\(reference)", reason: suspect.reason, manifest: key.path,
                lines: manifest.lines))
    }

    /// Makes a segment of what inflates. Its manifest names the damaged one, which stays as it is.
    private func salvage(
        _ reference: SegmentReference, _ path: String, _ digest: ContentDigest,
        _ report: inout RepairReport
    ) async throws {
        let start = reference.name.start
        let name = SegmentName(
            start: start, instance: ListenerInstance(contentOf: digest),
            sequence: reference.name.sequence)
        var lines = try GzipLines(path, lineBytesMax: dataset.limits.lineBytes)
        let last = try lines.times(dataset)?.span.last ?? start
        let header = SegmentHeader(
            stream: dataset.stream, zone: reference.zone, name: name,
            software: MergerProgram.software,
            source: SegmentManifest.SourceFacts(
                kind: SegmentManifest.salvagedKind, url: reference.key.path))
        let manifest = try maker.make(
            header, from: &lines,
            times: SegmentManifest.ReceivedSpan(first: start, last: max(start, last)),
            connections: [])
        if !isDryRun { try await maker.ship(manifest) }
        report.repaired.append(
            RepairReport.Entry(
                segment: "\(reference)", reason: .damagedData,
                manifest: StoreLayout.manifest(name, of: reference.zone).path,
                lines: manifest.lines, standIn: "\(manifest.reference)",
                linesSaved: lines.linesSaved, bytesLost: lines.salvage?.bytesLost ?? 0,
                damages: lines.damages))
    }
}
