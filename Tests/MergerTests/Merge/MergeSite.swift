import Logging
import Shared
import TestSupport

@testable import merger

/// A store in a directory, and runs of the merger over it.
struct MergeSite {
    let directory: TemporaryDirectory
    let store: DirectoryObjectStore

    /// Runs `body` with an empty store of this dataset.
    static func with<Value>(
        _ dataset: Dataset, _ body: (MergeSite) async throws -> Value
    ) async throws -> Value {
        try await TemporaryDirectory.withFast { directory in
            let site = MergeSite(directory)
            _ = try await dataset.createOrRead(in: site.store)
            return try await body(site)
        }
    }

    private init(_ directory: TemporaryDirectory) {
        self.directory = directory
        store = DirectoryObjectStore(root: directory.file("store"))
    }

    /// Puts segments where their keys say, data and manifest.
    func add(_ segments: some Sequence<StoredSegment>) throws {
        for segment in segments {
            if let data = segment.data { try put(data, at: segment.reference.key) }
            try putManifest(segment.manifest)
        }
    }

    func putManifest(_ manifest: SegmentManifest) throws {
        try put(manifest.encoded(), at: StoreLayout.manifest(manifest.name, of: manifest.zone))
    }

    /// Replaces whatever lies there. Faster than a put, which syncs.
    func put(_ bytes: [UInt8], at key: ObjectKey) throws {
        let path = store.localPath(of: key)
        if let folder = LocalDirectory.parent(of: path) { try LocalDirectory.ensure(folder) }
        try LocalDirectory.remove(path)
        try LocalFile.create(path).write(bytes)
    }

    func bytes(of key: ObjectKey) throws -> [UInt8] {
        let file = try LocalFile.read(store.localPath(of: key))
        return try file.read(0..<file.bytes)
    }

    func remove(_ key: ObjectKey) throws {
        try LocalDirectory.remove(store.localPath(of: key))
    }

    func has(_ key: ObjectKey) -> Bool { LocalDirectory.exists(store.localPath(of: key)) }

    // MARK: Runs

    static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    func configuration(cache: String = "cache") throws -> MergerConfiguration {
        let settings = try Settings(
            MergerSettings.definitions(environment: [:]), prefixes: MergerSettings.prefixes,
            commandLine: [
                "MERGER_STORE": store.name, "MERGER_CACHE": directory.file(cache),
            ], environment: [:], file: nil)
        return try MergerConfiguration(settings)
    }

    /// - Parameters:
    ///   - memoryBytes: of lines at once, in place of what is usual.
    ///   - store: in place of the site's own, to break or to watch it.
    @discardableResult
    func run(
        span: PartitionSpan = PartitionSpan(), memoryBytes: Int? = nil, isFull: Bool = true,
        cache: String = "cache", through store: (any ObjectStore)? = nil,
        deletions: DeletionSweep.Schedule = .daily, at now: Timestamp = .now
    ) async throws -> MergeReport {
        var configuration = try configuration(cache: cache)
        configuration.deletions = deletions
        if let memoryBytes { configuration.memory = ByteCount(bytes: memoryBytes * 2) }
        let run = MergeRun(
            store: store ?? self.store, configuration: configuration, span: span, isFull: isFull,
            logger: Self.quiet, progress: Progress(), clock: { now })
        return try await run.run()
    }

    /// Takes away what is a day old.
    @discardableResult
    func expire(
        olderThan age: Duration = .seconds(86_400), at now: Timestamp, isDryRun: Bool = false,
        cache: String = "cache", through store: (any ObjectStore)? = nil
    ) async throws -> ExpiryReport {
        let configuration = try configuration(cache: cache)
        let expiry = Expiry(
            archive: try await ArchiveReader(configuration, store: store ?? self.store),
            configuration: configuration, scratch: try Scratch(root: configuration.scratch),
            age: age, isDryRun: isDryRun)
        return try await expiry.run(now: now)
    }

    // MARK: Results

    /// What `merger verify` finds.
    func audit(at now: Timestamp = .now) async throws -> [String] {
        let configuration = try configuration()
        let verification = Verification(
            archive: try await ArchiveReader(configuration), configuration: configuration,
            span: PartitionSpan(), readsSegments: false)
        return try await verification.run(now: now).problems
    }

    func index(of partition: Partition) throws -> PartitionIndex {
        try PartitionIndex(
            store.localPath(of: StoreLayout.index(partition)), of: partition)
    }

    func partitions() async throws -> [Partition] {
        try await store.listAll(StoreLayout.indexPrefix)
            .compactMap { StoreLayout.parsePartition($0.key) }
    }

    /// Everything that the set decides, of every hour.
    func outcome() async throws -> MergeOutcome {
        var outcome = MergeOutcome()
        for partition in try await partitions() {
            outcome.tables[partition] = try IndexDump(index(of: partition)).tables
            outcome.canonical[partition] = try bytes(of: StoreLayout.canonical(partition))
        }
        return outcome
    }
}

/// What has to be equal however a set of segments was merged (G5).
struct MergeOutcome: Equatable {
    var tables: [Partition: [String: [String]]] = [:]
    var canonical: [Partition: [UInt8]] = [:]

    /// The first difference in words; nil where there is none.
    func difference(from other: MergeOutcome) -> String? {
        for hour in Set(tables.keys).union(other.tables.keys).sorted() {
            for table in Set((tables[hour] ?? [:]).keys).union((other.tables[hour] ?? [:]).keys) {
                let mine = Set(tables[hour]?[table] ?? ["no index"])
                let others = Set(other.tables[hour]?[table] ?? ["no index"])
                guard mine != others else { continue }
                return """
                    \(hour) \(table): \(mine.subtracting(others).sorted()) instead of \
                    \(others.subtracting(mine).sorted())
                    """
            }
            if canonical[hour] != other.canonical[hour] { return "\(hour): canonical bytes" }
        }
        return self == other ? nil : "rows that stand twice"
    }

    /// With the states of segments that another outcome has, which are no matter of the set.
    func expiring(_ other: MergeOutcome) -> MergeOutcome {
        var outcome = self
        for (hour, tables) in tables {
            outcome.tables[hour]?["segment"] = tables["segment"]?.map { row in
                let bare = row.split(separator: "|").dropLast().joined(separator: "|")
                let rows = other.tables[hour]?["segment"] ?? []
                return rows.first { $0.hasPrefix("\(bare)|") } ?? row
            }.sorted()
        }
        return outcome
    }

    /// The tables that a ``WorldAnswer`` speaks of.
    func tables(like answers: [Int64: WorldAnswer]) -> [Partition: [String: [String]]] {
        let names = Set(answers.values.flatMap(\.tables.keys))
        return tables.mapValues { $0.filter { names.contains($0.key) } }
    }
}

/// The rows of an index as texts, with names in place of the file's own numbers, sorted.
struct IndexDump {
    private(set) var tables: [String: [String]] = [:]
    private let database: Database
    private let zones: [String]

    init(_ index: PartitionIndex) throws {
        database = index.database
        zones = try index.zones().map(\.name)
        tables["zone"] = zones.sorted()
        let key = "(SELECT key FROM segment WHERE number = segment)"
        let columns = [
            "segment": """
            key, (SELECT name FROM zone WHERE bit = zone), iif(sha256 IS NULL, NULL, 'present'),
            first, last, records, notices, quarantined, elsewhere, state
            """,
            "tweet": "id, zones, \(key), line, digest",
            "divergence": "id, digest, zones, \(key), line",
            "notice": "\(key), line, kind, id, at, json",
            "deletion": "id, at, \(key), line",
            "quarantine": "\(key), line, reason, bytes, CAST(content AS TEXT)",
            "connection": "\(key), id, first, last, kind, coversFirst, coversLast, cause",
            "partition": "hour, count, rawBytes, rawSHA256, honoursDeletions",
            "object": "objectBytes, objectSHA256",
            "member": "number, offset, bytes, raw, lines, firstID, lastID, crc32",
        ]
        for (table, columns) in columns {
            tables[table] = try rows(table == "object" ? "partition" : table, columns)
        }
    }

    private func rows(_ table: String, _ columns: String) throws -> [String] {
        let alias = table == "segment" ? "segment" : "\(table) AS t"
        let statement = try database.prepare("SELECT \(columns) FROM \(alias)")
        var rows: [String] = []
        while try statement.step() {
            let values = (0..<statement.columnCount).map { column in
                guard statement.columnName(column) != "zones" else {
                    return names(statement.integer(column))
                }
                return statement.optionalText(column) ?? "null"
            }
            rows.append(values.joined(separator: "|"))
        }
        return rows.sorted()
    }

    private func names(_ mask: Int64) -> String {
        zones.indices.filter { mask & 1 << Int64($0) != 0 }.map { zones[$0] }
            .joined(separator: " ")
    }
}
