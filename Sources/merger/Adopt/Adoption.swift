import Shared

/// Brings a foreign gzip NDJSON file into the store as a segment.
///
/// The segment is named after the file's bytes and its earliest id, so adopting it twice is the same
/// as once. Times come from the ids, since nobody saw the lines arrive.
struct Adoption {
    let store: any ObjectStore
    let dataset: Dataset
    let zone: Zone
    let isConditional: Bool
    let scratch: Scratch

    enum Outcome {
        case adopted(SegmentManifest)
        case alreadyThere(SegmentReference)
    }

    /// As a listener's: later days are not listed by a run.
    private static let lateAfter = Duration.seconds((SegmentCatalog.daysListed - 1) * 86_400)

    /// - Parameters:
    ///   - path: a local copy of the file.
    ///   - source: where it came from, for the manifest.
    func run(_ path: String, source: String) async throws -> Outcome {
        let (digest, _) = try ContentDigest.ofFile(path)
        let times = try survey(path, source)
        let name = SegmentName(
            start: times.first, instance: ListenerInstance(contentOf: digest), sequence: 0)
        let reference = SegmentReference(zone: zone, name: name)
        if try await store.head(StoreLayout.manifest(name, of: zone)) != nil {
            return .alreadyThere(reference)
        }
        let manifest = try write(path, reference, times, source)
        try await ship(manifest)
        return .adopted(manifest)
    }

    /// The span of the plausible ids of a file that is whole.
    private func survey(
        _ path: String, _ source: String
    ) throws -> SegmentManifest.ReceivedSpan {
        let scanner = dataset.scanner
        let bound = Partition(containing: dataset.limits.latestIDTime)
        var ids: ClosedRange<TweetID>?
        var lines = try GzipLines(path, lineBytesMax: dataset.limits.lineBytes)
        try lines.forEach { line, _ in
            guard case .record(let id, _) = scanner.scan(line), id.partition <= bound else {
                return
            }
            ids = ids.map { min($0.lowerBound, id)...max($0.upperBound, id) } ?? id...id
        }
        if let offset = lines.tornAt {
            throw GzipError(
                .truncated, "\(source): is torn or corrupt at byte \(offset): nothing was adopted")
        }
        guard let ids else {
            throw ConfigurationError("\(source): holds no post: nothing was adopted")
        }
        return SegmentManifest.ReceivedSpan(
            first: ids.lowerBound.creationTime, last: ids.upperBound.creationTime)
    }

    private func write(
        _ path: String, _ reference: SegmentReference, _ times: SegmentManifest.ReceivedSpan,
        _ source: String
    ) throws -> SegmentManifest {
        let header = SegmentHeader(
            stream: dataset.stream, zone: zone, name: reference.name,
            software: MergerProgram.software,
            source: SegmentManifest.SourceFacts(kind: "adopted", url: source))
        let writer = try SegmentWriter(header, in: scratch.directory)
        try writer.clockMeasured(SegmentManifest.ClockFacts(offsetMs: 0, basis: .content))
        let connection = SegmentManifest.ConnectionFacts(
            id: "\(reference.name.instance.hex)-1", from: times.first, to: times.last,
            kind: .claimed, covers: times, cause: "the end of the file")
        try writer.connectionOpened(connection)
        let scanner = dataset.scanner
        var lines = try GzipLines(path, lineBytesMax: dataset.limits.lineBytes)
        try lines.forEach { line, overlongBytes in
            if let overlongBytes {
                try writer.appendOverlong(head: line, bytes: overlongBytes)
            } else {
                try writer.append(line, scanner.scan(line))
            }
        }
        return try writer.seal(
            at: times.last, heard: nil, latestIDTime: dataset.limits.latestIDTime)
    }

    private func ship(_ manifest: SegmentManifest) async throws {
        let files = SegmentFiles(directory: scratch.directory, name: manifest.name)
        if let object = manifest.object {
            try await putOnce(
                .file(path: files.data, bytes: object.bytes, digest: object.sha256),
                at: manifest.reference.key)
        }
        for number in 1...max(1, manifest.overlong?.lines ?? 0) where manifest.overlong != nil {
            let path = files.quarantined(number)
            let (digest, bytes) = try ContentDigest.ofFile(path)
            try await putOnce(
                .file(path: path, bytes: bytes, digest: digest),
                at: StoreLayout.quarantine(manifest.name, of: zone, number: number))
        }
        let (digest, bytes) = try ContentDigest.ofFile(files.manifest)
        try await putOnce(
            .file(path: files.manifest, bytes: bytes, digest: digest),
            at: StoreLayout.manifest(manifest.name, of: zone))
        if manifest.name.start.duration(to: .now) > Self.lateAfter {
            try await putOnce(.bytes([]), at: StoreLayout.pending(manifest.name))
        }
    }

    private func putOnce(_ body: ObjectBody, at key: ObjectKey) async throws {
        _ = try await store.putOnce(body, at: key, isConditional: isConditional)
    }
}
