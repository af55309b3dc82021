import Shared

/// What the figures of a report are made from.
struct CoverageInputs {
    let manifests: [SegmentManifest]
    let document: CoverageReport.Inputs
    let rules: CoverageRules

    /// - Parameter span: of the hours that are counted.
    init(
        _ indexes: [CoverageIndex], _ listing: CoverageManifests, _ dataset: Dataset,
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
            sha256: Self.digest(indexes, listing.digests, dataset, interval, rules))
    }

    /// Over the span, the rules, what the dataset decides, each manifest by its digest and each segment that is
    /// admitted to an index: an index is a function of those (G5), and their digests are in it.
    private static func digest(
        _ indexes: [CoverageIndex], _ manifests: [ContentDigest], _ dataset: Dataset,
        _ interval: CoverageReport.Interval, _ rules: CoverageRules
    ) -> ContentDigest {
        var builder = DigestBuilder()
        func add(_ line: [UInt8]) {
            (line + [UInt8(ascii: "\n")]).withUnsafeBytes { builder.update($0) }
        }
        add(
            Array(
                "\(interval.from) \(interval.to) \(rules.deliveryLag.wholeMilliseconds)".utf8))
        add(JSONDocument.encode(dataset))
        for manifest in manifests { add(Array(manifest.hex.utf8)) }
        for index in indexes {
            for segment in index.segments {
                let digest = segment.sha256?.hex ?? "-"
                add(
                    Array(
                        """
                        \(index.partition) \(segment.reference) \(digest) \(segment.records) \
                        \(segment.notices) \(segment.quarantined)
                        """.utf8))
            }
        }
        return builder.digest
    }
}
