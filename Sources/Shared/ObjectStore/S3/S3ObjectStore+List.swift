extension S3ObjectStore {
    package func list(
        _ prefix: String, after: ObjectKey?
    ) async throws(ObjectStoreError) -> ObjectPage {
        var start = after.map { configuration.bucketKey($0.path) }
        // A page may hold nothing but names that are no keys here, made by other programs.
        while true {
            let listing = try await page(prefix, after: start)
            let objects = listing.entries.compactMap(object)
            if !objects.isEmpty || !listing.isTruncated {
                return ObjectPage(objects: objects, hasMore: listing.isTruncated)
            }
            guard let last = listing.entries.last?.name,
                start.map({ $0.utf8.lexicographicallyPrecedes(last.utf8) }) ?? true
            else {
                throw ObjectStoreError(
                    .unavailable, "\(name): list \(prefix): the store repeats a page")
            }
            start = last
        }
    }

    private func page(
        _ prefix: String, after start: String?
    ) async throws(ObjectStoreError) -> S3Listing {
        var query: QueryItems = [
            "list-type": "2", "encoding-type": "url", "max-keys": "\(ObjectPage.entriesMax)",
        ]
        let bucketPrefix = configuration.bucketKey(prefix)
        if !bucketPrefix.isEmpty { query.append("prefix", bucketPrefix) }
        if let start { query.append("start-after", start) }
        let request = S3Request(action: "list", method: .get, query: query, reply: .document)
        let reply: S3Reply
        do {
            reply = try await client.send(request)
        } catch {
            throw error.objectStoreError(configuration, "list", prefix)
        }
        guard let listing = reply.document.flatMap(S3Listing.init) else {
            throw ObjectStoreError(
                .unavailable, "\(name): list \(prefix): the answer is not a listing")
        }
        return listing
    }

    private func object(_ entry: S3Listing.Entry) -> StoredObject? {
        let prefix = configuration.bucketKey("")
        guard entry.name.hasPrefix(prefix), let key = ObjectKey(entry.name.dropFirst(prefix.count))
        else { return nil }
        return StoredObject(key: key, bytes: entry.bytes, etag: entry.etag, digest: nil)
    }
}
