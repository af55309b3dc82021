import Shared

/// Compares which data are in the store with which the indexes say have expired.
struct DataPresence {
    private let store: any ObjectStore
    private let listed: Set<SegmentReference>
    /// For each segment, whether an hour says that it has expired, and whether one says it has not.
    private(set) var expired: Set<SegmentReference> = []
    private var present: Set<SegmentReference> = []

    init(_ data: OrphanedData, _ store: any ObjectStore) {
        self.store = store
        listed = Set(data.segments.map(\.reference))
    }

    /// - Parameter rows: of one hour.
    mutating func add(_ rows: [SegmentRow]) {
        for row in rows {
            if row.isExpired {
                expired.insert(row.reference)
            } else {
                present.insert(row.reference)
            }
        }
    }

    func problems(_ entries: [CatalogEntry]) async throws -> [String] {
        var problems: [String] = []
        for entry in entries where entry.facts.data != nil {
            let reference = entry.reference
            let isExpired = expired.contains(reference)
            let isGone = isExpired && !present.contains(reference)
            guard listed.contains(reference) == isGone else { continue }
            // What was shipped or taken away since the listing is no problem.
            let isThere = try await store.head(reference.key) != nil
            guard isThere == isGone else { continue }
            let problem =
                if isThere {
                    "has expired, and its data are still there: merger expire"
                } else if isExpired {
                    "its data are gone, and only some of its hours say that they have expired"
                } else {
                    "its data are gone"
                }
            problems.append("segment \(reference): \(problem)")
        }
        return problems
    }
}
