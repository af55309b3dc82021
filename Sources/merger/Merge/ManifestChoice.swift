import Shared

/// Chooses among the manifests of each segment: one that matches the data wins over one that does
/// not, and one that was written from them over a claim.
struct ManifestChoice {
    private struct Candidate {
        var manifest: SegmentManifest
        /// Of the data that it was written from; nil for a claim.
        var digits: ListenerInstance?

        /// Of the data that it speaks of.
        var data: ListenerInstance? {
            digits ?? manifest.object.map { ListenerInstance(contentOf: $0.sha256) }
        }
    }

    private let cache: StoreCache
    private var candidates: [SegmentReference: [Candidate]] = [:]
    private var problems: [(problem: any OperatorError, reference: SegmentReference?)] = []

    init(_ cache: StoreCache) {
        self.cache = cache
    }

    mutating func add(_ manifest: SegmentManifest, _ digits: ListenerInstance?) {
        candidates[manifest.reference, default: []].append(
            Candidate(manifest: manifest, digits: digits))
    }

    mutating func add(_ problem: any OperatorError, _ reference: SegmentReference?) {
        problems.append((problem, reference))
    }

    func finish(_ listing: inout SegmentCatalog.Listing) async throws {
        var chosen: [SegmentReference: Candidate] = [:]
        for (reference, candidates) in candidates {
            chosen[reference] = try await choose(reference, candidates)
        }
        for candidate in chosen.values {
            guard let original = candidate.manifest.standsFor,
                try await isStillDamaged(original, candidate.manifest)
            else { continue }
            listing.replaced.insert(original)
        }
        for reference in listing.replaced { chosen[reference] = nil }
        listing.manifests = chosen.values.map(\.manifest)
            .sorted { ($0.zone, $0.name) < ($1.zone, $1.name) }
        // What cannot be read does no harm where something better is there.
        listing.problems = problems.filter { _, reference in
            guard let reference else { return true }
            return chosen[reference]?.digits == nil && !listing.replaced.contains(reference)
        }.map(\.problem)
    }

    private func choose(
        _ reference: SegmentReference, _ candidates: [Candidate]
    ) async throws -> Candidate? {
        // An order of their own, whatever came first.
        let sorted = candidates.sorted { ($0.digits?.hex ?? "~") < ($1.digits?.hex ?? "~") }
        guard Set(sorted.map(\.data)).count > 1 else { return sorted.first }
        // Whoever wrote one from data that have expired since had read them.
        guard let data = try await digits(of: reference) else { return sorted.first }
        return sorted.first { $0.data == data } ?? sorted.last
    }

    /// Whoever restores the data of a segment has it back in place of what was saved of it.
    private func isStillDamaged(
        _ original: SegmentReference, _ standIn: SegmentManifest
    ) async throws -> Bool {
        let data = try await digits(of: original)
        return data == nil || data == standIn.instance
    }

    private func digits(of reference: SegmentReference) async throws -> ListenerInstance? {
        guard let object = try await cache.store.head(reference.key) else { return nil }
        return ListenerInstance(contentOf: try await cache.digest(of: object))
    }
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
