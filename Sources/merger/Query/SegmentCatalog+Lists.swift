import Shared

/// Lists that answer questions, where runs ask for the days that are new.
extension SegmentCatalog {
    /// Those manifests of these segments that are there and can be read.
    func list(_ references: [SegmentReference]) async throws -> Listing {
        var listing = Listing()
        try await read(manifestObjects(of: references), into: &listing)
        return listing
    }

    /// The manifests of segments that an index names.
    func manifests(of references: [SegmentReference]) async throws -> [SegmentManifest] {
        let listing = try await list(references)
        let found = Set(listing.manifests.map(\.reference))
        guard let missing = references.first(where: { !found.contains($0) }) else {
            return listing.manifests
        }
        throw MergeError(
            .cannotRebuild,
            "segment \(missing): is admitted and its manifest is gone or unreadable",
            cause: listing.problems.first)
    }

    /// What all manifests of one zone say of where their segments belong.
    func find(_ zone: Zone) async throws -> Listing {
        try await find(store.listAll("\(StoreLayout.manifestPrefix)zone=\(zone)/"))
    }
}
