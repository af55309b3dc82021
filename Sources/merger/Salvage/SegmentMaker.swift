import Shared

/// Makes a segment of the lines of a gzip file, whole or damaged, and puts it into the store.
///
/// The same file and the same header give the same bytes. May be interrupted anywhere and run again.
struct SegmentMaker {
    let store: any ObjectStore
    let dataset: Dataset
    let isConditional: Bool
    let scratch: Scratch

    /// As a listener's: later days are not listed by a run.
    private static let lateAfter = Duration.seconds((SegmentCatalog.daysListed - 1) * 86_400)

    /// A run lists the next day too.
    private static let earlyBefore = Duration.seconds(86_400)

    /// - Parameters:
    ///   - times: what the segment stands for, as the ids say.
    ///   - connections: what it claims to cover, if anything.
    func make(
        _ header: SegmentHeader, from lines: inout GzipLines,
        times: SegmentManifest.ReceivedSpan, connections: [SegmentManifest.ConnectionFacts]
    ) throws -> SegmentManifest {
        try removeLeftovers(header.name)
        let writer = try SegmentWriter(header, in: scratch.directory)
        try writer.clockMeasured(SegmentManifest.ClockFacts(offsetMs: 0, basis: .content))
        for connection in connections { try writer.connectionOpened(connection) }
        let scanner = dataset.scanner
        try lines.forEach { line, overlongBytes in
            if let overlongBytes {
                try writer.appendOverlong(head: line, bytes: overlongBytes)
            } else {
                try writer.append(line, scanner.scan(line))
            }
        }
        return try writer.seal(
            at: times.last, heard: nil, latestIDTime: dataset.limits.latestIDTime,
            salvage: lines.salvage)
    }

    private func removeLeftovers(_ name: SegmentName) throws {
        for entry in try LocalDirectory.list(scratch.directory)
        where entry.name.hasPrefix(name.description) {
            try LocalDirectory.remove("\(scratch.directory)/\(entry.name)")
        }
    }

    func ship(_ manifest: SegmentManifest) async throws {
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
                at: StoreLayout.quarantine(manifest.name, of: manifest.zone, number: number))
        }
        try await ship(
            manifest, at: StoreLayout.manifest(manifest.name, of: manifest.zone))
    }

    /// The note goes first: a crash behind the manifest would leave none, and nobody would look.
    func ship(_ manifest: SegmentManifest, at key: ObjectKey) async throws {
        let age = manifest.name.start.duration(to: .now)
        if age > Self.lateAfter || age < .zero - Self.earlyBefore {
            try await putOnce(.bytes([]), at: StoreLayout.pending(manifest.name))
        }
        try await putOnce(.bytes(manifest.encoded() + [UInt8(ascii: "\n")]), at: key)
    }

    private func putOnce(_ body: ObjectBody, at key: ObjectKey) async throws {
        _ = try await store.putOnce(body, at: key, isConditional: isConditional)
    }
}

extension GzipLines {
    /// By the plausible ids, or nil where there is none.
    mutating func times(_ dataset: Dataset) throws -> FileTimes? {
        let scanner = dataset.scanner
        let bound = Partition(containing: dataset.limits.latestIDTime)
        var tally = FileTimes.Tally()
        try forEach(damaged: { tally.endPiece() }) { line, overlongBytes in
            guard overlongBytes == nil, case .record(let id, _) = scanner.scan(line),
                id.partition <= bound
            else { return }
            tally.add(id)
        }
        return tally.finish()
    }
}
