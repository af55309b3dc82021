import Shared

/// Finds the manifests that tell what the zones were connected to in a span of tweet time.
struct CoverageCatalog {
    typealias Interval = CoverageReport.Interval

    private let catalog: SegmentCatalog

    /// By how much reception may differ from tweet time: a clock may be off by half a day, and a
    /// segment lasts some minutes.
    private static let daysAround: Int64 = 1
    /// How many manifests are held whole at once.
    private static let batchCount = 256

    init(_ archive: ArchiveReader) {
        catalog = archive.catalog
    }

    /// The manifests of a span, of a day before and behind it, the nearest before and behind those,
    /// and others that are named: lines of a file or a re-stream may have been received at any time.
    ///
    /// - Parameter references: of the segments that the indexes of the span know.
    func listing(
        of span: Interval, naming references: Set<SegmentReference>
    ) async throws -> SegmentCatalog.Listing {
        var listing = SegmentCatalog.Listing()
        try await catalog.read(objects(of: span, naming: references), into: &listing)
        return listing
    }

    /// The same manifests without what coverage does not ask for.
    func outlines(
        of span: Interval, naming references: Set<SegmentReference>
    ) async throws -> CoverageManifests {
        let listing = try await catalog.find(objects(of: span, naming: references))
        var outlines = CoverageManifests(problems: listing.problems)
        var rest = listing.entries[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batchCount))
            rest = rest.dropFirst(Self.batchCount)
            let (manifests, problems) = try await catalog.load(batch, of: listing)
            for manifest in manifests { outlines.add(manifest) }
            outlines.problems += problems
        }
        return outlines
    }

    private func objects(
        of span: Interval, naming references: Set<SegmentReference>
    ) async throws -> [StoredObject] {
        var objects: [ObjectKey: StoredObject] = [:]
        for zone in try await catalog.zones() {
            for object in try await self.objects(of: zone, around: span) {
                objects[object.key] = object
            }
        }
        let known = Set(objects.keys.compactMap { StoreLayout.parseManifest($0) })
        let others = Array(references.subtracting(known))
        for object in try await catalog.manifestObjects(of: others) {
            objects[object.key] = object
        }
        return objects.values.sorted { $0.key.path < $1.key.path }
    }

    private func objects(of zone: Zone, around span: Interval) async throws -> [StoredObject] {
        let first = span.from.day - Self.daysAround
        return try await objects(of: zone, before: first)
            + objects(of: zone, from: first, throughOneBehind: span.to.day + Self.daysAround)
    }

    private func objects(
        of zone: Zone, from first: Int64, throughOneBehind last: Int64
    ) async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        var after = key(before: first, of: zone)
        while true {
            let page = try await catalog.store.list(prefix(zone), after: after)
            for object in page.objects {
                objects.append(object)
                if let day = day(of: object), day > last { return objects }
            }
            guard page.hasMore, let last = page.objects.last else { return objects }
            after = last.key
        }
    }

    /// Those of the last day before `day` that has any.
    private func objects(of zone: Zone, before day: Int64) async throws -> [StoredObject] {
        guard var found = try await firstDay(of: zone, from: nil), found < day else { return [] }
        var end = day
        // There is one on the day that was found, and none from `end` on.
        while end - found > 1 {
            let middle = found + (end - found) / 2
            if let next = try await firstDay(of: zone, from: middle), next < end {
                found = next
            } else {
                end = middle
            }
        }
        return try await catalog.store.listAll(folder(zone, found))
    }

    /// The first day, from a day on or of all, that has a manifest.
    private func firstDay(of zone: Zone, from day: Int64?) async throws -> Int64? {
        let after = day.flatMap { key(before: $0, of: zone) }
        return try await catalog.store.list(prefix(zone), after: after).objects.first
            .flatMap { self.day(of: $0) }
    }

    private func day(of object: StoredObject) -> Int64? {
        StoreLayout.parseManifest(object.key)?.name.start.day
    }

    private func prefix(_ zone: Zone) -> String { "\(StoreLayout.manifestPrefix)zone=\(zone)/" }

    /// `!` sorts before all that a name may begin with.
    private func key(before day: Int64, of zone: Zone) -> ObjectKey? {
        ObjectKey("\(folder(zone, day))!")
    }

    private func folder(_ zone: Zone, _ day: Int64) -> String {
        StoreLayout.folder(
            under: StoreLayout.manifestPrefix, zone: zone,
            date: Timestamp(milliseconds: day * Timestamp.millisecondsPerDay).date)
    }
}

/// Manifests of a span, as far as coverage asks them.
struct CoverageManifests {
    /// Without arrivals and members, which are most of a manifest and would have to fit into memory
    /// for the whole archive.
    private(set) var manifests: [SegmentManifest] = []
    /// Of each of them, whole.
    private(set) var digests: [ContentDigest] = []
    /// What could not be read, as errors.
    var problems: [any OperatorError]

    init(problems: [any OperatorError] = []) {
        self.problems = problems
    }

    mutating func add(_ manifest: SegmentManifest) {
        digests.append(ContentDigest(of: JSONDocument.encode(manifest)))
        var outline = manifest
        outline.arrivals = []
        outline.members = []
        manifests.append(outline)
    }
}

extension Timestamp {
    /// Since 1970-01-01.
    fileprivate var day: Int64 {
        Partition(containing: self).hoursSince1970 / 24
    }
}

extension PartitionSpan {
    /// The hours that a span of tweet time touches.
    init(_ span: CoverageReport.Interval) {
        first = Partition(containing: span.from)
        last = Partition(containing: max(span.from, span.to.advanced(by: .milliseconds(-1))))
    }
}
