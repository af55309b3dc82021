import Shared

/// Lists that answer questions, where runs ask for the days that are new.
extension SegmentCatalog {
    /// Those manifests of these segments that are there and can be read.
    func list(_ references: [SegmentReference]) async throws -> Listing {
        var listing = Listing()
        try await read(manifestObjects(of: references), into: &listing)
        return listing
    }

    /// The manifests of one zone.
    ///
    /// - Parameter date: of reception; what came on earlier days is left out. Nil: nothing is.
    func list(_ zone: Zone, from date: String?) async throws -> Listing {
        var listing = Listing()
        let first = date.flatMap { date in
            // `!` sorts before every name in the folder.
            let prefix = StoreLayout.manifestPrefix
            return ObjectKey(StoreLayout.folder(under: prefix, zone: zone, date: date) + "!")
        }
        let objects = try await store.listAll(
            "\(StoreLayout.manifestPrefix)zone=\(zone)/", after: first)
        try await read(objects, into: &listing)
        return listing
    }
}
