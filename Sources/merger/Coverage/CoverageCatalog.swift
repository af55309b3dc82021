import Shared

/// Finds the manifests that tell what the zones were connected to in a span of tweet time.
struct CoverageCatalog {
    typealias Interval = CoverageReport.Interval

    let archive: ArchiveReader
    /// How late posts may come.
    let deliveryLag: Duration
    /// When it is asked.
    let now: Timestamp

    /// By how much reception may differ from tweet time: a clock may be off by half a day, and a
    /// segment lasts some minutes.
    private static let daysAround: Int64 = 1
    /// How many manifests are held whole at once.
    private static let batchCount = 256

    private var catalog: SegmentCatalog { archive.catalog }

    /// The manifests of a span, of a day before and behind it, the nearest live ones before and behind
    /// those, and what else belongs to the hours of the span, since lines of a file or a re-stream may
    /// have been received at any time: what their indexes know, and what waits for a run.
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
        let hours = hours(around: span)
        var objects: [ObjectKey: StoredObject] = [:]
        for zone in try await catalog.zones() {
            for object in try await self.objects(of: zone, around: span) {
                objects[object.key] = object
            }
        }
        for entry in try await catalog.find(isFull: false, now: now).entries
        where entry.facts.partitions.contains(where: hours.contains) {
            objects[entry.object.key] = entry.object
        }
        let named = try await references.union(neighbours(of: span, in: hours))
        let known = Set(objects.keys.compactMap { StoreLayout.parseManifest($0) })
        for object in try await catalog.manifestObjects(of: Array(named.subtracting(known))) {
            objects[object.key] = object
        }
        return objects.values.sorted { $0.key.path < $1.key.path }
    }

    /// Those in which a file may end that another one, which has a part in the span, follows: they are
    /// one if no more than the lag is between them, and as much again is in doubt behind that.
    private func hours(around span: Interval) -> PartitionSpan {
        PartitionSpan(
            Interval(
                from: max(Interval.always.from, span.from.advanced(by: .zero - deliveryLag * 2)),
                to: min(Interval.always.to, span.to.advanced(by: deliveryLag * 2))))
    }

    /// The segments that the indexes of those hours know which have no part in the span.
    private func neighbours(
        of span: Interval, in hours: PartitionSpan
    ) async throws -> Set<SegmentReference> {
        let asked = PartitionSpan(span)
        var references: Set<SegmentReference> = []
        for partition in hours.partitions(before: asked) + hours.partitions(behind: asked) {
            let segments = try await archive.index(of: partition)?.segments() ?? []
            references.formUnion(segments.map(\.reference))
        }
        return references
    }

    private func objects(of zone: Zone, around span: Interval) async throws -> [StoredObject] {
        let first = span.from.day - Self.daysAround
        let last = span.to.day + Self.daysAround
        return try await objects(of: zone, before: first)
            + objects(of: zone, from: first, throughLiveBehind: last)
    }

    /// Those of the days from the first to the last, and behind them until one is live.
    private func objects(
        of zone: Zone, from first: Int64, throughLiveBehind last: Int64
    ) async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        var after = key(before: first, of: zone)
        while true {
            let page = try await catalog.store.list(prefix(zone), after: after)
            let behind = page.objects.firstIndex { day(of: $0).map { $0 > last } ?? false }
            objects += page.objects[..<(behind ?? page.objects.count)]
            var rest = page.objects[(behind ?? page.objects.count)...]
            // Nearly always the first one is.
            var count = 1
            while !rest.isEmpty {
                let batch = Array(rest.prefix(count))
                rest = rest.dropFirst(count)
                objects += batch
                if try await !live(batch).isEmpty { return objects }
                count *= 2
            }
            guard page.hasMore, let last = page.objects.last else { return objects }
            after = last.key
        }
    }

    /// Those of the last day before `day` that has a live one, and of the days between.
    private func objects(of zone: Zone, before day: Int64) async throws -> [StoredObject] {
        guard let nearest = try await lastDay(of: zone, before: day) else { return [] }
        let objects = try await catalog.store.listAll(folder(zone, nearest))
        if try await !live(objects).isEmpty { return objects }
        // Adopted files or re-streams alone: rare, so that looking for each day before by itself would
        // be no gain.
        let all = try await catalog.store.listAll(prefix(zone))
            .filter { self.day(of: $0).map { $0 < day } ?? false }
        guard let last = try await live(all).compactMap(self.day).max() else { return objects }
        return all.filter { self.day(of: $0).map { $0 >= last } ?? false }
    }

    /// Those of the objects that are manifests of live connections.
    private func live(_ objects: [StoredObject]) async throws -> [StoredObject] {
        try await catalog.find(objects).entries.filter(\.facts.isLive).map(\.object)
    }

    /// The last day before `day` that has a manifest.
    private func lastDay(of zone: Zone, before day: Int64) async throws -> Int64? {
        guard var found = try await firstDay(of: zone, from: nil), found < day else { return nil }
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
        return found
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

    fileprivate func partitions(before other: Self) -> [Partition] {
        guard let first, let end = other.first, first < end else { return [] }
        return (first.hoursSince1970..<end.hoursSince1970).map { Partition(hoursSince1970: $0) }
    }

    fileprivate func partitions(behind other: Self) -> [Partition] {
        guard let last, let end = other.last, end < last else { return [] }
        return (end.hoursSince1970 + 1...last.hoursSince1970).map { Partition(hoursSince1970: $0) }
    }
}
