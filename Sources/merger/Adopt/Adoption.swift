import Shared

/// Brings a foreign gzip NDJSON file into the store as a segment, as far as it inflates.
///
/// The segment is named after the file's bytes and its earliest id, so adopting it twice is the same
/// as once. Times come from the ids, since nobody saw the lines arrive.
struct Adoption {
    let zone: Zone
    let maker: SegmentMaker

    private static let hole = "the file has a hole"
    private static let fileEnd = "the end of the file"

    enum Outcome {
        case adopted(SegmentManifest)
        case alreadyThere(SegmentReference)
    }

    /// - Parameters:
    ///   - path: a local copy of the file.
    ///   - source: where it came from, for the manifest.
    /// - Returns: what became of it, and the places of which nothing could be had.
    func run(
        _ path: String, source: String
    ) async throws -> (outcome: Outcome, damages: [GzipDamage]) {
        let (digest, _) = try ContentDigest.ofFile(path)
        let limits = maker.dataset.limits
        var lines = try GzipLines(path, lineBytesMax: limits.lineBytes)
        guard let times = try lines.times(maker.dataset) else {
            let damage = lines.damages.first.map { ": \($0)" } ?? ""
            throw ConfigurationError("\(source): holds no post: nothing was adopted\(damage)")
        }
        let name = SegmentName(
            start: times.span.first, instance: ListenerInstance(contentOf: digest), sequence: 0)
        let reference = SegmentReference(zone: zone, name: name)
        if try await maker.store.head(StoreLayout.manifest(name, of: zone)) != nil {
            return (.alreadyThere(reference), lines.damages)
        }
        let header = SegmentHeader(
            stream: maker.dataset.stream, zone: zone, name: name,
            software: MergerProgram.software,
            source: SegmentManifest.SourceFacts(kind: "adopted", url: source))
        let connections = times.pieces.enumerated().map { number, piece in
            SegmentManifest.ConnectionFacts(
                id: "\(name.instance.hex)-\(number + 1)", from: piece.first, to: piece.last,
                kind: .claimed, covers: piece,
                cause: number + 1 < times.pieces.count ? Self.hole : Self.fileEnd)
        }
        let manifest = try maker.make(
            header, from: &lines, times: times.span, connections: connections)
        try await maker.ship(manifest)
        return (.adopted(manifest), lines.damages)
    }
}
