extension S3ObjectStore {
    package func put(
        _ body: ObjectBody, at key: ObjectKey, if condition: WriteCondition
    ) async throws(ObjectStoreError) -> StoredObject {
        let payload = S3Payload(body)
        let put = S3Put(
            client: client, payload: payload, key: key, bucketKey: try bucketKey(key),
            condition: condition)
        do {
            return payload.bytes <= limits.singlePutBytesMax
                ? try await put.sendWhole() : try await put.sendParts(limits)
        } catch {
            throw self.error(error, key)
        }
    }

    private func error(_ failure: S3Put.Failure, _ key: ObjectKey) -> ObjectStoreError {
        let place = "\(name): put \(key)"
        switch failure {
        case .call(let failure):
            return error(failure, "put", key)
        case .conditionFailed(let refusal):
            let words = refusal.map { ": \($0.summary)" } ?? ""
            return ObjectStoreError(
                .preconditionFailed,
                "\(place): another version is there than was expected\(words)")
        case .otherBytes:
            return ObjectStoreError(
                .checksumMismatch,
                "\(place): the store does not hold the bytes that were sent: "
                    + "keep the local copy, and look at the object and the way to the store")
        case .replaced:
            return ObjectStoreError(
                .checksumMismatch,
                "\(place): replaced by another writer before it could be confirmed")
        case .payload(.unreadable(let error)):
            return ObjectStoreError(.localFile, place, cause: error)
        case .payload(.changed(let path)):
            return ObjectStoreError(
                .checksumMismatch, "\(place): \(path) is no longer what its digest says")
        }
    }
}
