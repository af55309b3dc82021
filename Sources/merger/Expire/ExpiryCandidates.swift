import Shared

/// Segments that are old enough to be taken away, and the hours that they touch.
struct ExpiryCandidates {
    struct Candidate {
        var reference: SegmentReference
        var partitions: [Partition]
        /// Of the data, by the manifest.
        var sha256: ContentDigest
        /// When the last line was received.
        var received: Timestamp
        /// What is to be deleted, the segment's own data last.
        var objects: [StoredObject]

        var bytes: Int { objects.reduce(0) { $0 + $1.bytes } }
    }

    /// By zone and name.
    private(set) var candidates: [Candidate] = []
    /// Every segment that concerns an hour of a candidate.
    private(set) var entries: [Partition: [CatalogEntry]] = [:]

    /// How many manifests are held at once to learn their age.
    private static let batchCount = 1000

    /// Age is that of the last line received, by the manifest.
    init(
        _ listing: SegmentCatalog.Listing, of catalog: SegmentCatalog, _ data: OrphanedData,
        olderThan age: Duration, now: Timestamp
    ) async throws {
        let objects = Dictionary(
            data.segments.map { ($0.reference, $0.object) }, uniquingKeysWith: { first, _ in first }
        )
        var rest = listing.entries.filter { objects[$0.reference] != nil }[...]
        while !rest.isEmpty {
            // What cannot be read stays, and proving its hours says so.
            let (manifests, _) = try await catalog.load(
                Array(rest.prefix(Self.batchCount)), of: listing)
            rest = rest.dropFirst(Self.batchCount)
            for manifest in manifests where manifest.received.last.duration(to: now) >= age {
                guard let object = manifest.object else { continue }
                // Damaged data that a segment stands for are of no more use than the segment.
                let damaged = manifest.standsFor.flatMap {
                    listing.replaced.contains($0) ? objects[$0] : nil
                }
                candidates.append(
                    Candidate(
                        reference: manifest.reference, partitions: manifest.partitions,
                        sha256: object.sha256, received: manifest.received.last,
                        objects: [damaged, objects[manifest.reference]].compactMap { $0 }))
            }
        }
        let touched = Set(candidates.flatMap(\.partitions))
        for entry in listing.entries {
            for partition in entry.facts.partitions where touched.contains(partition) {
                entries[partition, default: []].append(entry)
            }
        }
    }

    var partitions: [Partition] { entries.keys.sorted() }
}
