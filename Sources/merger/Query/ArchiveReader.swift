import Shared

/// Reads indexes and canonical records of a store.
struct ArchiveReader: Sendable {
    let cache: StoreCache
    let dataset: Dataset

    private var store: any ObjectStore { cache.store }

    /// How often a partition is read again because it was written meanwhile.
    private static let attemptsMax = 5

    /// - Throws: where the store has no dataset.
    init(
        _ configuration: MergerConfiguration, store: (any ObjectStore)? = nil
    ) async throws {
        let store = try store ?? configuration.openStore()
        guard let dataset = try await Dataset.read(from: store) else {
            throw ConfigurationError(
                "\(store.name): holds no dataset: check MERGER_STORE, or begin with merger init")
        }
        try dataset.require(stream: configuration.streamName, in: store)
        self.dataset = dataset
        cache = try StoreCache(store: store, root: configuration.cache)
    }

    func index(of partition: Partition) async throws -> PartitionIndex? {
        try await indexPath(of: partition).map { try PartitionIndex($0, of: partition) }
    }

    /// A local copy of the partition's index; nil where it has none.
    func indexPath(of partition: Partition) async throws -> String? {
        guard let object = try await store.head(StoreLayout.index(partition)) else { return nil }
        return try await cache.path(of: object)
    }

    /// The partitions of a span that have an index, in order.
    func partitions(in span: PartitionSpan) async throws -> [Partition] {
        try await store.listAll(StoreLayout.indexPrefix)
            .compactMap { StoreLayout.parsePartition($0.key) }
            .filter(span.contains)
    }

    /// The bytes of the record of an id; nil where the canonical stream has none.
    ///
    /// One ranged read of the member that holds it. The read proves itself: on a mismatch with the
    /// index, which may have been replaced in between, both are read again.
    func record(_ id: TweetID) async throws -> [UInt8]? {
        for attempt in 1...Self.attemptsMax {
            guard let index = try await index(of: id.partition),
                let member = try index.member(holding: id.rawValue)
            else { return nil }
            do {
                let raw = try await inflate(member, of: id.partition)
                return find(id, in: raw)
            } catch {
                guard attempt < Self.attemptsMax, isMismatch(error) else { throw error }
            }
        }
        return nil
    }

    /// The inflated bytes of a member, whose length and CRC are those of the index.
    func inflate(_ member: CanonicalMember, of partition: Partition) async throws -> [UInt8] {
        let content = try await store.get(
            StoreLayout.canonical(partition), range: member.offset..<member.offset + member.bytes,
            matching: nil)
        guard member.raw <= dataset.limits.memberBytes + dataset.limits.lineBytes else {
            throw GzipError(.tooLarge, "partition \(partition): a member of \(member.raw) bytes")
        }
        var raw = [UInt8](repeating: 0, count: member.raw)
        var inflater = MemberInflater()
        try raw.withUnsafeMutableBytes { raw in
            try content.bytes.withUnsafeBytes { try inflater.inflate($0, into: raw) }
        }
        guard GzipTrailer.crc32(of: content.bytes) == member.crc32 else {
            throw GzipError(
                .corrupt, "partition \(partition): the member at \(member.offset) is another one")
        }
        return raw
    }

    private func isMismatch(_ error: any Error) -> Bool {
        if error is GzipError { return true }
        let code = (error as? ObjectStoreError)?.code
        return code == .notFound || code == .rangeNotSatisfiable || code == .preconditionFailed
    }

    private func find(_ id: TweetID, in raw: [UInt8]) -> [UInt8]? {
        let scanner = dataset.scanner
        var record: [UInt8]?
        raw.withUnsafeBytes { raw in
            _ = RawLines.forEach(in: raw) { line, _ in
                if case .record(id, _) = scanner.scan(line) { record = [UInt8](line) }
            }
        }
        return record
    }
}
