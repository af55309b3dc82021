import Shared

/// What the figures of a report are made from.
struct CoverageInputs {
    let manifests: [SegmentManifest]
    let document: CoverageReport.Inputs
    let rules: CoverageRules

    /// - Parameter span: of the hours that are counted.
    init(
        _ indexes: [CoverageIndex], _ listing: SegmentCatalog.Listing,
        _ interval: CoverageReport.Interval, _ rules: CoverageRules, within span: PartitionSpan
    ) {
        manifests = listing.manifests
        self.rules = rules
        let merged = Dictionary(
            uniqueKeysWithValues: indexes.map { index in
                (index.partition, Set(index.segments.map(\.reference)))
            })
        document = CoverageReport.Inputs(
            manifests: manifests.count, indexes: indexes.count,
            notMerged: manifests.count { manifest in
                manifest.partitions.contains { hour in
                    span.contains(hour) && merged[hour]?.contains(manifest.reference) != true
                }
            },
            problems: listing.problems.map { "\($0)" },
            sha256: Self.digest(indexes, manifests, interval, rules))
    }

    /// One line for each manifest and each admitted segment, with all that figures depend on: an
    /// index is a function of the segments admitted to it (G5), and their digests are in it.
    private static func digest(
        _ indexes: [CoverageIndex], _ manifests: [SegmentManifest],
        _ interval: CoverageReport.Interval, _ rules: CoverageRules
    ) -> ContentDigest {
        var lines = ["span \(interval.from) \(interval.to) \(rules.deliveryLag.wholeMilliseconds)"]
        for manifest in manifests {
            let clock = manifest.clock
            let connections = JSONDocument.encode(manifest.connections)
            lines.append(
                """
                manifest \(manifest.reference) \(manifest.received.last) \(clock.basis.rawValue) \
                \(clock.offsetMs) \(manifest.source.kind) \(manifest.source.selection ?? "-") \
                \(String(decoding: connections, as: UTF8.self))
                """)
        }
        for index in indexes {
            for segment in index.segments {
                lines.append(
                    """
                    index \(index.partition) \(segment.reference) \(segment.sha256?.hex ?? "-") \
                    \(segment.records) \(segment.notices) \(segment.quarantined)
                    """)
            }
        }
        return ContentDigest(of: Array(lines.joined(separator: "\n").utf8))
    }
}
