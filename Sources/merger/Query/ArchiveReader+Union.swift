import Shared

extension ArchiveReader {
    /// The index objects of a span, in order.
    func hours(in span: PartitionSpan) async throws -> [(
        partition: Partition, object: StoredObject
    )] {
        try await cache.store.listAll(StoreLayout.indexPrefix).compactMap { object in
            StoreLayout.parsePartition(object.key).map { ($0, object) }
        }.filter { span.contains($0.partition) }
    }

    /// Local copies of them.
    func paths(
        of hours: [(partition: Partition, object: StoredObject)]
    ) async throws -> [IndexUnion.Hour] {
        var paths: [IndexUnion.Hour] = []
        for (partition, object) in hours {
            paths.append((partition, try await open(object, partition).path))
        }
        return paths
    }

    /// Makes a union under another name and gives it its own once it is whole and on the disk.
    func writeUnion(_ hours: [IndexUnion.Hour], to path: String) throws {
        let folder = LocalDirectory.parent(of: path) ?? "."
        try requireRoom(for: hours, in: folder)
        let temporary = "\(path).\(ListenerInstance.random().hex)"
        let claim = try LocalFile.create(temporary)
        _ = try claim.lockExclusively()
        defer { withExtendedLifetime(claim) { try? LocalDirectory.remove(temporary) } }
        try IndexUnion(hours, dataset: dataset).write(temporary)
        try LocalFile.read(temporary).sync()
        try LocalDirectory.rename(temporary, to: path)
        try LocalDirectory.sync(folder)
    }

    private func requireRoom(for hours: [IndexUnion.Hour], in folder: String) throws {
        let bytes = hours.reduce(0) { $0 + (LocalDirectory.bytes(of: $1.path) ?? 0) }
        let free = try LocalDirectory.freeBytes(folder)
        guard bytes < free else {
            throw ConfigurationError(
                """
                \(folder): has \(ByteCount(bytes: free)) free, and the database needs \
                \(ByteCount(bytes: bytes)): choose a shorter span or another disk
                """)
        }
    }

    /// A database to ask about a span: the index itself where it is one hour, else a union that is
    /// kept in the cache until an index of the span changes.
    func unionPath(_ span: PartitionSpan) async throws -> String {
        let hours = try await hours(in: span)
        guard !hours.isEmpty else {
            throw ConfigurationError("the span holds no hour that was merged")
        }
        let paths = try await paths(of: hours)
        if let only = paths.first, paths.count == 1 { return only.path }
        let versions = hours.map { "\($0.object.key) \($0.object.etag.text)" }
        let digest = ContentDigest(
            of: Array(([MergerProgram.software] + versions).joined(separator: "\n").utf8))
        let folder = try cache.folder(Self.unionsName)
        let path = "\(folder)/\(digest.hex)\(Self.unionSuffix)"
        if !LocalDirectory.exists(path) {
            try Self.removeAbandoned(in: folder)
            try Self.removeOldUnions(in: folder)
            try writeUnion(paths, to: path)
        }
        return path
    }

    private static let unionsName = "unions"
    private static let unionSuffix = ".sqlite"

    /// Unions are as large as all of their hours, so few are kept.
    private static let unionsMax = 4

    /// Removes what a process was writing that was killed: nobody holds its lock.
    private static func removeAbandoned(in folder: String) throws {
        for entry in try LocalDirectory.list(folder) where !entry.name.hasSuffix(unionSuffix) {
            let path = "\(folder)/\(entry.name)"
            guard let file = try? LocalFile.read(path), try file.lockExclusively() else { continue }
            try LocalDirectory.remove(path)
        }
    }

    private static func removeOldUnions(in folder: String) throws {
        let files = try LocalDirectory.list(folder).map { "\(folder)/\($0.name)" }
            .filter { $0.hasSuffix(unionSuffix) }
        guard files.count >= unionsMax else { return }
        for path in files { try LocalDirectory.remove(path) }
    }
}
