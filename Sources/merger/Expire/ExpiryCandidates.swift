import Shared

/// Segments that are old enough to be taken away, and the hours that they touch.
struct ExpiryCandidates {
    struct Candidate {
        var manifest: SegmentManifest
        /// What is to be deleted, the segment's own data last.
        var objects: [StoredObject]

        var bytes: Int { objects.reduce(0) { $0 + $1.bytes } }
    }

    /// By zone and name.
    let candidates: [Candidate]
    /// Every segment that concerns an hour of a candidate.
    let manifests: [Partition: [SegmentManifest]]

    /// Age is that of the last line received, by the manifest.
    init(
        _ listing: SegmentCatalog.Listing, _ data: OrphanedData, olderThan age: Duration,
        now: Timestamp
    ) {
        let objects = Dictionary(
            data.segments.map { ($0.reference, $0.object) }, uniquingKeysWith: { first, _ in first }
        )
        candidates = listing.manifests.compactMap { manifest in
            guard manifest.object != nil, let own = objects[manifest.reference],
                manifest.received.last.duration(to: now) >= age
            else { return nil }
            // Damaged data that a segment stands for are of no more use than the segment.
            let damaged = manifest.standsFor.flatMap {
                listing.replaced.contains($0) ? objects[$0] : nil
            }
            return Candidate(manifest: manifest, objects: [damaged, own].compactMap { $0 })
        }
        let touched = Set(candidates.flatMap(\.manifest.partitions))
        var manifests: [Partition: [SegmentManifest]] = [:]
        for manifest in listing.manifests {
            for partition in manifest.partitions where touched.contains(partition) {
                manifests[partition, default: []].append(manifest)
            }
        }
        self.manifests = manifests
    }

    var partitions: [Partition] { manifests.keys.sorted() }
}
