/// Shows that the store holds the bytes that were put, by the cheapest proof it offers.
///
/// The reply's checksum, else its ETag where that is the MD5, else those of a `HEAD`, else the
/// object itself, read back and hashed. A status proves nothing.
struct S3Confirmation: Sendable {
    var client: S3Client
    var payload: S3Payload
    /// What the store may answer as checksum.
    var checksums: [String]
    /// Whether an ETag may be the MD5 of the whole.
    var isSinglePut: Bool
    var key: ObjectKey
    var bucketKey: String

    enum Failure: Error {
        case call(S3Failure)
        /// The object under the key holds other bytes.
        case otherBytes
        /// The version that was written is not there any more.
        case replaced
        case payload(S3Payload.Failure)
    }

    /// - Parameters:
    ///   - etag: of the version that was written; nil where the reply was lost or does not tell,
    ///     and whatever is there is to be looked at.
    ///   - reply: the headers and checksum of the reply, if there was one.
    func confirm(
        etag: ETag?, replyHeaders: HTTPHeaders?, replyChecksum: String?
    ) async throws(Failure) -> StoredObject {
        if let etag, let replyHeaders {
            let checksum = replyChecksum ?? replyHeaders[S3Header.checksum]
            switch try evidence(checksum, etag, replyHeaders) {
            case .proven: return stored(etag)
            case .refuted: throw .otherBytes
            case .none: break
            }
        }
        return try await confirmByHead(etag)
    }

    private func confirmByHead(_ etag: ETag?) async throws(Failure) -> StoredObject {
        let reply = try await send(.head(bucketKey))
        guard etag == nil || reply.etag == etag else { throw .replaced }
        guard reply.headers["Content-Length"].flatMap({ Int($0) }) == payload.bytes else {
            throw .otherBytes
        }
        switch try evidence(reply.headers[S3Header.checksum], reply.etag, reply.headers) {
        case .proven: return stored(reply.etag)
        case .refuted: throw .otherBytes
        case .none: return try await confirmByReading(reply.etag)
        }
    }

    private func confirmByReading(_ etag: ETag) async throws(Failure) -> StoredObject {
        let reply = try await send(.get(bucketKey, matching: etag, sink: .digest))
        guard reply.response.bodyBytes == payload.bytes,
            reply.response.bodyDigest == payload.digest
        else { throw .otherBytes }
        return stored(etag)
    }

    private func send(_ request: S3Request) async throws(Failure) -> S3Reply {
        do {
            return try await client.send(request)
        } catch {
            if error.status == 404 || error.status == 412 { throw .replaced }
            throw .call(error)
        }
    }

    private func evidence(
        _ checksum: String?, _ etag: ETag, _ headers: HTTPHeaders
    ) throws(Failure) -> S3Evidence {
        let customerKey = headers["x-amz-server-side-encryption-customer-algorithm"]
        do {
            return try S3Evidence(
                checksum: checksum, etag: etag,
                encryption: customerKey ?? headers["x-amz-server-side-encryption"],
                checksums: checksums, isSinglePut: isSinglePut, md5: payload.md5)
        } catch {
            throw .payload(error)
        }
    }

    private func stored(_ etag: ETag) -> StoredObject {
        StoredObject(key: key, bytes: payload.bytes, etag: etag, digest: payload.digest)
    }
}
