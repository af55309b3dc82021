extension Dataset {
    /// Reads the dataset of a store, or nil where there is none.
    package static func read(from store: any ObjectStore) async throws -> Dataset? {
        let content: ObjectContent
        do {
            content = try await store.get(StoreLayout.dataset)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        return try decode(content.bytes, from: store.name)
    }

    /// Makes this the dataset of a store, or reads the one that somebody made before.
    ///
    /// - Parameter isConditional: false for a store without conditional writes.
    /// - Throws: `invalidDataset` where the store holds another stream.
    package func createOrRead(
        in store: any ObjectStore, isConditional: Bool = true
    ) async throws -> Dataset {
        if let dataset = try await Self.read(from: store) {
            try dataset.require(stream: stream, in: store)
            return dataset
        }
        do {
            let body = JSONDocument.encode(self) + [UInt8(ascii: "\n")]
            _ = try await store.put(
                .bytes(body), at: StoreLayout.dataset, if: isConditional ? .absent : .always)
            return self
        } catch {
            guard error.code == .preconditionFailed,
                let dataset = try await Self.read(from: store)
            else { throw error }
            try dataset.require(stream: stream, in: store)
            return dataset
        }
    }

    package func require(stream: String, in store: any ObjectStore) throws(SegmentError) {
        guard self.stream == stream else {
            throw SegmentError(
                .invalidDataset,
                "\(store.name): holds the stream \"\(self.stream)\", not \"\(stream)\": use another "
                    + "store or prefix, or set LISTENER_STREAM_NAME")
        }
    }

    package func require(
        idPointer: JSONPointer?, in store: any ObjectStore
    ) throws(SegmentError) {
        guard self.idPointer != idPointer else { return }
        let rule = self.idPointer.map { "at \($0)" } ?? "where X has them"
        let wanted = idPointer.map { "at \($0)" } ?? "where X has them"
        let remedy =
            self.idPointer.map { "set LISTENER_ID_POINTER=\($0)" }
            ?? "unset LISTENER_ID_POINTER"
        throw SegmentError(
            .invalidDataset,
            "\(store.name): has its ids \(rule), not \(wanted): \(remedy), or use another store or "
                + "prefix")
    }

    private static func decode(
        _ bytes: [UInt8], from subject: String
    ) throws(SegmentError) -> Dataset {
        let dataset: Dataset
        do {
            dataset = try JSONDocument.decode(Dataset.self, from: bytes)
        } catch {
            let reason = (error as? DecodingError)?.summary ?? "\(error)"
            throw SegmentError(.invalidDataset, "\(subject): \(StoreLayout.dataset): \(reason)")
        }
        guard dataset.format == currentFormat, dataset.ids == twitterIDs else {
            throw SegmentError(
                .invalidDataset,
                "\(subject): \(StoreLayout.dataset): has format \(dataset.format) with ids "
                    + "\"\(dataset.ids)\": use a newer program")
        }
        guard dataset.limits.arePositive else {
            throw SegmentError(
                .invalidDataset,
                "\(subject): \(StoreLayout.dataset): has a limit that is not positive: restore the "
                    + "document as it was written")
        }
        return dataset
    }

    /// Where a zone stands among all: smaller wins.
    package func precedes(_ left: Zone, _ right: Zone) -> Bool {
        switch (zones.firstIndex(of: left), zones.firstIndex(of: right)) {
        case (let left?, let right?): left < right
        case (.some, nil): true
        case (nil, .some): false
        case (nil, nil): left < right
        }
    }
}
