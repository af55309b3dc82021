import Shared

/// Reads indexes and canonical records of a store.
struct ArchiveReader: Sendable {
    let cache: StoreCache
    let dataset: Dataset

    var catalog: SegmentCatalog { SegmentCatalog(cache: cache, dataset: dataset) }

    private var store: any ObjectStore { cache.store }

    /// How often a partition is read again because it was written meanwhile.
    static let attemptsMax = 5

    init(cache: StoreCache, dataset: Dataset) {
        self.cache = cache
        self.dataset = dataset
    }

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
        guard let object = try await store.head(StoreLayout.index(partition)) else { return nil }
        return try await open(object, partition).index
    }

    /// A local copy of the partition's index; nil where it has none.
    func indexPath(of partition: Partition) async throws -> String? {
        guard let object = try await store.head(StoreLayout.index(partition)) else { return nil }
        return try await open(object, partition).path
    }

    /// An index object, and its local copy. Where only the copy is damaged it is fetched again.
    func open(
        _ object: StoredObject, _ partition: Partition
    ) async throws -> (index: PartitionIndex, path: String) {
        do {
            let path = try await cache.path(of: object)
            return (try PartitionIndex(path, of: partition), path)
        } catch is DatabaseError {
            let path = try await cache.provenPath(of: object)
            return (try PartitionIndex(path, of: partition), path)
        }
    }

    /// The partitions of a span that have an index, in order.
    func partitions(in span: PartitionSpan) async throws -> [Partition] {
        try await store.listAll(StoreLayout.indexPrefix)
            .compactMap { StoreLayout.parsePartition($0.key) }
            .filter(span.contains)
    }

    /// The records of those of these ids that the canonical stream of their partition holds.
    ///
    /// One ranged read for each member that holds any. The reads prove themselves: on a mismatch with
    /// the index, which may have been replaced in between, both are read again.
    func records(
        _ ids: Set<TweetID>, of partition: Partition
    ) async throws -> [TweetID: [UInt8]] {
        for attempt in 1...Self.attemptsMax {
            guard let index = try await index(of: partition) else { break }
            do {
                return try await records(ids, index)
            } catch {
                guard attempt < Self.attemptsMax, Self.isMismatch(error) else { throw error }
            }
        }
        return [:]
    }

    private func records(
        _ ids: Set<TweetID>, _ index: PartitionIndex
    ) async throws -> [TweetID: [UInt8]] {
        var members: [Int: CanonicalMember] = [:]
        for id in ids {
            if let member = try index.member(holding: id.rawValue) {
                members[member.offset] = member
            }
        }
        var records: [TweetID: [UInt8]] = [:]
        for member in members.values.sorted(by: { $0.offset < $1.offset }) {
            let raw = try await inflate(member, of: index.partition)
            raw.withUnsafeBytes { raw in
                _ = RawLines.forEach(in: raw) { line, _ in
                    if case .record(let id, _) = dataset.scanner.scan(line), ids.contains(id) {
                        records[id] = [UInt8](line)
                    }
                }
            }
        }
        return records
    }

    /// The inflated bytes of a member of a canonical object, whose length and CRC are those of the
    /// index.
    func inflate(_ member: CanonicalMember, of partition: Partition) async throws -> [UInt8] {
        let content = try await store.get(
            StoreLayout.canonical(partition), range: member.range, matching: nil)
        return try inflate(member, content.bytes[...], of: partition)
    }

    /// - Parameter bytes: of the object where the member should lie.
    func inflate(
        _ member: CanonicalMember, _ bytes: ArraySlice<UInt8>, of partition: Partition
    ) throws -> [UInt8] {
        let raw = try inflate(bytes, to: member.raw, "partition \(partition)")
        guard GzipTrailer.crc32(of: Array(bytes.suffix(GzipTrailer.byteCount))) == member.crc32
        else {
            throw GzipError(
                .corrupt, "partition \(partition): the member at \(member.offset) is another one")
        }
        return raw
    }

    /// The inflated bytes of a member of a segment.
    func inflate(
        _ member: SegmentManifest.MemberFacts, of manifest: SegmentManifest
    ) async throws -> [UInt8] {
        let content = try await store.get(
            manifest.reference.key, range: member.offset..<member.offset + member.bytes,
            matching: nil)
        return try inflate(content.bytes[...], to: member.raw, "segment \(manifest.reference)")
    }

    /// - Parameter subject: names in an error what could not be inflated.
    func inflate(
        _ bytes: ArraySlice<UInt8>, to count: Int, _ subject: String
    ) throws -> [UInt8] {
        let limits = dataset.limits
        guard count >= 0, count <= limits.memberBytes,
            count <= bytes.count.multipliedReportingOverflow(by: limits.inflationRatio).partialValue
        else {
            throw GzipError(.tooLarge, "\(subject): a member of \(count) bytes")
        }
        var raw = [UInt8](repeating: 0, count: count)
        var inflater = MemberInflater()
        do throws(GzipError) {
            let result = raw.withUnsafeMutableBytes { raw in
                bytes.withUnsafeBytes { bytes in
                    Result { () throws(GzipError) in try inflater.inflate(bytes, into: raw) }
                }
            }
            try result.get()
        } catch {
            throw GzipError(error.code, "\(subject): \(error.message)")
        }
        return raw
    }

    /// Whether something else lies there than an index says, which may have been replaced meanwhile.
    static func isMismatch(_ error: any Error) -> Bool {
        if error is GzipError { return true }
        let code = (error as? ObjectStoreError)?.code
        return code == .notFound || code == .rangeNotSatisfiable || code == .preconditionFailed
    }
}
