/// How a write-once object got into the store.
package enum WriteOnceOutcome: Equatable, Sendable {
    case stored
    /// It was there with the same digest: an earlier reply was lost.
    case alreadyThere
}

extension ObjectStore {
    /// Stores an object that is never changed. Safe to repeat after any failure.
    ///
    /// - Parameter isConditional: false for a store without conditional writes; two writers of one
    ///   key could then overwrite each other between the look and the write.
    /// - Throws: `conflict` where other bytes lie under the key; nothing was changed.
    package func putOnce(
        _ body: ObjectBody, at key: ObjectKey, isConditional: Bool
    ) async throws(ObjectStoreError) -> WriteOnceOutcome {
        if !isConditional, try await head(key) != nil {
            return try await compare(body, with: key)
        }
        do {
            _ = try await put(body, at: key, if: isConditional ? .absent : .always)
            return .stored
        } catch {
            guard error.code == .preconditionFailed else { throw error }
            return try await compare(body, with: key)
        }
    }

    private func compare(
        _ body: ObjectBody, with key: ObjectKey
    ) async throws(ObjectStoreError) -> WriteOnceOutcome {
        guard try await digest(of: key) == body.digest else {
            throw ObjectStoreError(
                .conflict,
                "\(name): \(key): other bytes lie there: another listener may use the same zone")
        }
        return .alreadyThere
    }

    /// The SHA-256 of an object, told by the store or computed from what it returns.
    package func digest(of key: ObjectKey) async throws(ObjectStoreError) -> ContentDigest {
        guard let object = try await head(key) else {
            throw ObjectStoreError(.notFound, "\(name): \(key): is not there")
        }
        return try await digest(of: object)
    }

    /// The SHA-256 of one version of an object, told by the store or computed from what it returns.
    ///
    /// - Throws: `preconditionFailed` where another version is there by now.
    package func digest(of object: StoredObject) async throws(ObjectStoreError) -> ContentDigest {
        if let digest = object.digest { return digest }
        var builder = DigestBuilder()
        var offset = 0
        while offset < object.bytes {
            let end = min(offset + Self.digestBytesStep, object.bytes)
            let piece = try await get(object.key, range: offset..<end, matching: object.etag)
                .bytes
            piece.withUnsafeBytes { builder.update($0) }
            guard !piece.isEmpty else {
                throw ObjectStoreError(.unavailable, "\(name): \(object.key): ended at \(offset)")
            }
            offset += piece.count
        }
        return builder.digest
    }

    private static var digestBytesStep: Int { 16 << 20 }
}

extension ObjectBody {
    package var digest: ContentDigest {
        switch self {
        case .bytes(let bytes): ContentDigest(of: bytes)
        case .file(_, _, let digest): digest
        }
    }
}
