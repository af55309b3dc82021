import Shared

/// Chooses among the manifests of each segment: one that matches the data wins over one that does
/// not, and one that was written from them over a claim.
struct ManifestChoice {
    private let cache: StoreCache
    private var candidates: [CatalogEntry] = []
    private var problems: [(problem: any OperatorError, reference: SegmentReference?)] = []

    init(_ cache: StoreCache) {
        self.cache = cache
    }

    mutating func add(_ entry: CatalogEntry) {
        candidates.append(entry)
    }

    mutating func add(_ problem: any OperatorError, _ reference: SegmentReference?) {
        problems.append((problem, reference))
    }

    consuming func finish(_ listing: inout SegmentCatalog.Listing) async throws {
        var entries = candidates
        candidates = []
        entries.sort {
            ($0.reference.zone, $0.reference.name) < ($1.reference.zone, $1.reference.name)
        }
        try await choose(among: &entries)
        for entry in entries {
            guard let original = entry.facts.standsFor,
                try await isStillDamaged(original, entry.reference)
            else { continue }
            listing.replaced.insert(original)
        }
        entries.removeAll { listing.replaced.contains($0.reference) }
        listing.entries = entries
        guard !problems.isEmpty else { return }
        // What cannot be read does no harm where something better is there.
        let better = listing.replaced.union(
            entries.filter { $0.repairedDigits != nil }.map(\.reference))
        listing.problems = problems.filter { $0.reference.map { !better.contains($0) } ?? true }
            .map(\.problem)
    }

    /// Leaves one of each segment.
    private func choose(among entries: inout [CatalogEntry]) async throws {
        var kept = 0
        var index = 0
        while index < entries.count {
            let reference = entries[index].reference
            var end = index + 1
            while end < entries.count, entries[end].reference == reference { end += 1 }
            entries[kept] =
                end == index + 1
                ? entries[index] : try await choose(reference, entries[index..<end])
            kept += 1
            index = end
        }
        entries.removeLast(entries.count - kept)
    }

    private func choose(
        _ reference: SegmentReference, _ candidates: ArraySlice<CatalogEntry>
    ) async throws -> CatalogEntry {
        // An order of their own, whatever came first.
        let sorted = candidates.sorted {
            ($0.repairedDigits?.hex ?? "~") < ($1.repairedDigits?.hex ?? "~")
        }
        guard Set(sorted.map(\.dataSpokenOf)).count > 1 else { return sorted[0] }
        // Whoever wrote one from data that have expired since had read them.
        guard let data = try await digits(of: reference) else { return sorted[0] }
        return sorted.first { $0.dataSpokenOf == data } ?? sorted[sorted.count - 1]
    }

    /// Whoever restores the data of a segment has it back in place of what was saved of it.
    private func isStillDamaged(
        _ original: SegmentReference, _ standIn: SegmentReference
    ) async throws -> Bool {
        let data = try await digits(of: original)
        return data == nil || data == standIn.name.instance
    }

    private func digits(of reference: SegmentReference) async throws -> ListenerInstance? {
        guard let object = try await cache.store.head(reference.key) else { return nil }
        return ListenerInstance(contentOf: try await cache.digest(of: object))
    }
}

extension CatalogEntry {
    fileprivate var dataSpokenOf: ListenerInstance? { repairedDigits ?? facts.data }
}

extension SegmentManifest {
    /// The `source.kind` of a segment of what was saved of another one; its `url` is that one's key.
    static let salvagedKind = "salvaged"

    /// The segment whose damaged data this one stands for.
    var standsFor: SegmentReference? {
        guard source.kind == Self.salvagedKind, let url = source.url, let key = ObjectKey(url),
            let original = StoreLayout.parseSegment(key), original.zone == zone,
            original.name.start == name.start
        else { return nil }
        return original
    }
}
