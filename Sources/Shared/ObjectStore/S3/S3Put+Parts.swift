import Crypto

extension S3Put {
    /// Sends the object in parts; the condition is checked when they are put together.
    func sendParts(_ limits: S3Limits) async throws(Failure) -> StoredObject {
        try await checkBeforehand()
        let uploadID = try await begin()
        do throws(Failure) {
            return try await sendParts(limits.parts(of: payload.bytes), uploadID)
        } catch {
            await abort(uploadID)
            throw error
        }
    }

    private struct Part {
        var etag: ETag
        var digest: ContentDigest
        /// Whether the store returned the checksum, and so wants it again at the end.
        var isChecked: Bool
    }

    private func sendParts(
        _ ranges: [Range<Int>], _ uploadID: String
    ) async throws(Failure) -> StoredObject {
        var parts: [Part] = []
        for range in ranges {
            parts.append(try await send(range, number: parts.count + 1, uploadID))
        }
        return try await complete(parts, uploadID)
    }

    /// Saves sending gigabytes in vain, and is all there is with a store that ignores the condition
    /// of a completion.
    private func checkBeforehand() async throws(Failure) {
        guard condition != .always else { return }
        let found: ETag?
        do {
            found = try await client.send(.head(bucketKey)).etag
        } catch {
            guard error.status == 404 else { throw .call(error) }
            found = nil
        }
        let holds =
            switch condition {
            case .always: true
            case .absent: found == nil
            case .matches(let etag): found == etag
            }
        guard holds else { throw .conditionFailed(nil) }
    }

    private func begin() async throws(Failure) -> String {
        let reply = try await call(
            S3Request(
                action: "put", method: .post, bucketKey: bucketKey, query: ["uploads": ""],
                headers: [S3Header.checksumAlgorithm: "SHA256"], reply: .document))
        guard let id = reply.document?.value("UploadId") else {
            throw .call(.nonsense("no UploadId in the answer"))
        }
        return id
    }

    private func send(
        _ range: Range<Int>, number: Int, _ uploadID: String
    ) async throws(Failure) -> Part {
        let digest: ContentDigest
        do {
            digest = try payload.digest(of: range)
        } catch {
            throw .payload(error)
        }
        let reply = try await call(
            S3Request(
                action: "put", method: .put, bucketKey: bucketKey,
                query: ["partNumber": "\(number)", "uploadId": uploadID],
                headers: [S3Header.checksum: digest.base64], body: payload.slice(range),
                payload: digest))
        let checksum = reply.headers[S3Header.checksum]
        guard checksum == nil || checksum == digest.base64 else { throw .otherBytes }
        return Part(etag: reply.etag, digest: digest, isChecked: checksum != nil)
    }

    private func complete(_ parts: [Part], _ uploadID: String) async throws(Failure) -> StoredObject
    {
        let document = Array(Self.document(parts).utf8)
        var headers: HTTPHeaders = ["Content-Type": "application/xml"]
        headers.add(condition)
        let request = S3Request(
            action: "put", method: .post, bucketKey: bucketKey, query: ["uploadId": uploadID],
            headers: headers, body: .bytes(document),
            payload: ContentDigest(bytes: Array(SHA256.hash(data: document))), reply: .document)
        let confirmation = confirmation(
            checksums: [payload.digest.base64] + Self.checksumsOfChecksums(parts),
            isSinglePut: false)
        return try await send(request, confirmation)
    }

    /// Frees the parts, which cost money until they are gone. What fails here is left to the
    /// bucket's rule for unfinished uploads. It runs also where the task is cancelled.
    private func abort(_ uploadID: String) async {
        let request = S3Request(
            action: "put", method: .delete, bucketKey: bucketKey, query: ["uploadId": uploadID])
        await Task { _ = try? await client.send(request) }.value
    }

    private func call(_ request: S3Request) async throws(Failure) -> S3Reply {
        do {
            return try await client.send(request)
        } catch {
            throw .call(error)
        }
    }

    private static func document(_ parts: [Part]) -> String {
        let elements = parts.enumerated().map { index, part in
            let checksum =
                part.isChecked ? "<ChecksumSHA256>\(part.digest.base64)</ChecksumSHA256>" : ""
            return "<Part><PartNumber>\(index + 1)</PartNumber>"
                + "<ETag>&quot;\(XMLElement.escape(part.etag.text))&quot;</ETag>\(checksum)</Part>"
        }
        return "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + elements.joined() + "</CompleteMultipartUpload>"
    }

    /// What S3 keeps as the SHA-256 of an object in parts, and what others make of it.
    private static func checksumsOfChecksums(_ parts: [Part]) -> [String] {
        let digest = ContentDigest(
            bytes: Array(SHA256.hash(data: parts.flatMap { $0.digest.bytes })))
        return ["\(digest.base64)-\(parts.count)", digest.base64]
    }
}

extension S3Failure {
    fileprivate struct Nonsense: Error, CustomStringConvertible {
        var description: String
    }

    fileprivate static func nonsense(_ reason: String) -> S3Failure {
        S3Failure(cause: .nonsense(Nonsense(description: reason)), mayHaveBeenDone: true)
    }
}
