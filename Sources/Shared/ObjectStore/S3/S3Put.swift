/// One object on its way into the bucket, until it is proven to be there.
struct S3Put: Sendable {
    let client: S3Client
    let payload: S3Payload
    let key: ObjectKey
    let bucketKey: String
    let condition: WriteCondition

    enum Failure: Error {
        case call(S3Failure)
        /// Another version is there than the condition asks for; with the store's words, if it said
        /// so itself.
        case conditionFailed(S3Refusal?)
        /// The store holds other bytes under the key.
        case otherBytes
        /// Another version took the place of the one written, before that was confirmed.
        case replaced
        case payload(S3Payload.Failure)
    }

    func sendWhole() async throws(Failure) -> StoredObject {
        var headers: HTTPHeaders = [S3Header.checksum: payload.digest.base64]
        headers.add(condition)
        let request = S3Request(
            action: "put", method: .put, bucketKey: bucketKey, headers: headers,
            body: payload.slice(0..<payload.bytes), payload: payload.digest)
        let confirmation = confirmation(checksums: [payload.digest.base64], isSinglePut: true)
        return try await send(request, confirmation)
    }

    func confirmation(checksums: [String], isSinglePut: Bool) -> S3Confirmation {
        S3Confirmation(
            client: client, payload: payload, checksums: checksums, isSinglePut: isSinglePut,
            key: key, bucketKey: bucketKey)
    }

    /// Sends the request that makes the object appear, and sees that it did.
    func send(
        _ request: S3Request, _ confirmation: S3Confirmation
    ) async throws(Failure) -> StoredObject {
        let reply: S3Reply
        do {
            reply = try await client.send(request)
        } catch {
            return try await settle(error, confirmation)
        }
        return try await confirm(reply, confirmation)
    }

    private func confirm(
        _ reply: S3Reply, _ confirmation: S3Confirmation
    ) async throws(Failure) -> StoredObject {
        // An upload in parts tells its ETag and checksum in the document or, as with Ceph, nowhere.
        let etag = reply.document?.value("ETag").map { ETag(header: $0) } ?? reply.etag
        do {
            return try await confirmation.confirm(
                etag: etag.text.isEmpty ? nil : etag, replyHeaders: reply.headers,
                replyChecksum: reply.document?.value("ChecksumSHA256"))
        } catch {
            throw Failure(error)
        }
    }

    /// Makes the best of a failed call: a write whose reply was lost may have succeeded, and then
    /// its repetition finds its own object in the way.
    private func settle(
        _ failure: S3Failure, _ confirmation: S3Confirmation
    ) async throws(Failure) -> StoredObject {
        let refused: Failure =
            refusesCondition(failure) ? .conditionFailed(failure.refusal) : .call(failure)
        guard refusesCondition(failure) || isUploadGone(failure), failure.mayHaveBeenDone else {
            throw refused
        }
        do {
            return try await confirmation.confirm(
                etag: nil, replyHeaders: nil, replyChecksum: nil)
        } catch {
            switch error {
            case .otherBytes, .replaced: throw refused
            case .call, .payload: throw Failure(error)
            }
        }
    }

    private func refusesCondition(_ failure: S3Failure) -> Bool {
        switch condition {
        case .always: false
        case .absent: failure.status == 412
        // With nothing under the key there is no version to match: S3 says 404.
        case .matches:
            failure.status == 412 || failure.status == 404 && failure.code == "NoSuchKey"
        }
    }

    /// The upload ended, by a completion whose reply was lost.
    private func isUploadGone(_ failure: S3Failure) -> Bool {
        failure.status == 404 && failure.code == "NoSuchUpload"
    }
}

extension S3Put.Failure {
    init(_ failure: S3Confirmation.Failure) {
        switch failure {
        case .call(let failure): self = .call(failure)
        case .otherBytes: self = .otherBytes
        case .replaced: self = .replaced
        case .payload(let failure): self = .payload(failure)
        }
    }
}
