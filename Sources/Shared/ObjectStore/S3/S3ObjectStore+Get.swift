extension S3ObjectStore {
    package func get(
        _ key: ObjectKey, range: Range<Int>?, matching etag: ETag?
    ) async throws(ObjectStoreError) -> ObjectContent {
        if let range {
            precondition(range.lowerBound >= 0, "offsets are counted from 0")
            if range.isEmpty { return try await getNothing(key, at: range.lowerBound, etag) }
        }
        let sink = HTTPSink.memory(bytesMax: limits.getBytesMax)
        let bucketKey = try bucketKey(key)
        let reply: S3Reply
        do {
            reply = try await client.send(
                .get(bucketKey, range: range, matching: etag, sink: sink))
        } catch {
            throw self.error(error, "get", key)
        }
        // A store without ranges answers 200 with the whole object.
        guard let range, reply.response.status == 200 else {
            return ObjectContent(bytes: reply.response.body, etag: reply.etag)
        }
        let whole = reply.response.body
        guard range.lowerBound < whole.count else { throw beyondEnd(key, range.lowerBound) }
        return ObjectContent(
            bytes: Array(whole[range.clamped(to: whole.indices)]), etag: reply.etag)
    }

    package func fetch(
        _ key: ObjectKey, to path: String
    ) async throws(ObjectStoreError) -> StoredObject {
        let bucketKey = try bucketKey(key)
        let reply: S3Reply
        do {
            reply = try await client.send(.get(bucketKey, matching: nil, sink: .file(path: path)))
        } catch {
            throw self.error(error, "fetch", key)
        }
        let digest = reply.response.bodyDigest
        guard reply.digest == nil || reply.digest == digest else {
            throw ObjectStoreError(
                .checksumMismatch,
                "\(name): fetch \(key): what arrived is not what the store's checksum says")
        }
        return StoredObject(
            key: key, bytes: reply.response.bodyBytes, etag: reply.etag, digest: digest)
    }

    /// HTTP has no way to ask for no bytes.
    private func getNothing(
        _ key: ObjectKey, at offset: Int, _ etag: ETag?
    ) async throws(ObjectStoreError) -> ObjectContent {
        guard let object = try await head(key) else {
            throw ObjectStoreError(.notFound, "\(name): get \(key): not there")
        }
        guard etag == nil || object.etag == etag else {
            throw ObjectStoreError(
                .preconditionFailed, "\(name): get \(key): another version is there")
        }
        guard offset < object.bytes else { throw beyondEnd(key, offset) }
        return ObjectContent(bytes: [], etag: object.etag)
    }

    private func beyondEnd(_ key: ObjectKey, _ offset: Int) -> ObjectStoreError {
        ObjectStoreError(
            .rangeNotSatisfiable, "\(name): get \(key): nothing at byte \(offset)")
    }
}
