import Shared

/// Compares index and canonical object of one partition with each other and with the manifests.
struct PartitionAudit {
    private let index: PartitionIndex
    private let archive: ArchiveReader
    private let sweep: DeletionSweep
    private var partition: Partition { index.partition }

    private(set) var problems: [String] = []
    private(set) var tweets = 0
    /// Whether notices wait for the daily sweep.
    private(set) var isWaiting = false

    init(_ index: PartitionIndex, _ archive: ArchiveReader, _ sweep: DeletionSweep) {
        self.index = index
        self.archive = archive
        self.sweep = sweep
    }

    /// - Parameter manifests: those of the store that concern the partition.
    mutating func run(_ manifests: [SegmentManifest]) async throws {
        try checkFile()
        try checkSegments(manifests)
        try checkLedger()
        do {
            try await checkCanonical()
        } catch let error as any OperatorError where error.exitCode == .dataMissing {
            problems.append("partition \(partition): canonical object: \(error)")
        }
    }

    private mutating func note(_ problem: String) {
        problems.append("partition \(partition): \(problem)")
    }

    private mutating func checkFile() throws {
        let statement = try index.database.prepare("PRAGMA quick_check(1)")
        _ = try statement.step()
        if statement.text(0) != "ok" { note("index: \(statement.text(0))") }
    }

    private mutating func checkSegments(_ manifests: [SegmentManifest]) throws {
        let rows = try index.segments()
        let admitted = Dictionary(
            rows.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        isWaiting = sweep.defers(
            manifests.filter { admitted[$0.reference] == nil }, in: partition)
        for manifest in manifests {
            guard let row = admitted[manifest.reference] else {
                if !isWaiting { note("segment \(manifest.reference) is not merged yet") }
                continue
            }
            let hour = manifest.hours.first { $0.hour == partition }
            let isHome = manifest.name.homePartition == partition
            let here = row.records + row.notices + row.quarantined
            guard row.sha256 == manifest.object?.sha256, row.received == manifest.received,
                row.records == hour?.records ?? 0,
                row.notices == hour?.notices ?? 0,
                row.quarantined == (isHome ? manifest.unreadable : 0),
                here + row.elsewhere == manifest.lines
            else {
                note(
                    "segment \(manifest.reference): the index says something else than its manifest"
                )
                continue
            }
        }
        let known = Set(manifests.map(\.reference))
        for row in rows where !known.contains(row.reference) {
            note("segment \(row.reference): is admitted and has no manifest")
        }
    }

    private mutating func checkLedger() throws {
        let statement = try index.database.prepare(
            """
            SELECT count(*) FROM ledger WHERE duplicates < 0
                OR lines <> canonical + duplicates + notices + quarantined + deleted
            """)
        _ = try statement.step()
        if statement.integer(0) != 0 { note("the ledger does not balance") }
        let notices = try index.database.integer("SELECT count(*) FROM notice")
        let quarantined = try index.database.integer("SELECT count(*) FROM quarantine")
        let ledger = try index.ledgers().reduce(Ledger()) { $0 + $1.ledger }
        if notices != Int64(ledger.notices) || quarantined != Int64(ledger.quarantined) {
            note("the ledger counts other notices or quarantined lines than there are")
        }
        for (zone, bit) in try index.zones().enumerated().map({ ($1, $0) }) {
            let strangers = try index.database.integer(
                """
                SELECT count(*) FROM tweet JOIN segment ON number = tweet.segment
                WHERE segment.zone = \(bit) AND NOT zones & (1 << \(bit))
                """)
            if strangers != 0 { note("\(strangers ?? 0) winners of \(zone) without its bit") }
        }
    }

    // MARK: The canonical object

    private mutating func checkCanonical() async throws {
        guard let object = try await archive.cache.store.head(StoreLayout.canonical(partition))
        else { return note("has an index and no canonical object: run merger run") }
        // Not from the cache: the bytes themselves are what is in doubt.
        let digest = try await archive.cache.store.digest(of: object.key)
        guard digest == (try index.wanted()) else {
            return note("canonical object has SHA-256 \(digest), which the index does not want")
        }
        let bytes = try index.database.integer("SELECT objectBytes FROM partition")
        if bytes != Int64(object.bytes) { note("canonical object has \(object.bytes) bytes") }
        let rows = try index.database.prepare(
            """
            SELECT id, digest FROM tweet WHERE NOT EXISTS (SELECT 1 FROM deletion, partition
                WHERE deletion.id = tweet.id AND honoursDeletions) ORDER BY id
            """)
        var raw = DigestBuilder()
        var rawBytes = 0
        for member in try index.members() {
            let bytes = try await archive.inflate(member, of: partition)
            bytes.withUnsafeBytes { raw.update($0) }
            rawBytes += bytes.count
            try compare(bytes, member, with: rows)
        }
        if try rows.step() { note("tweet \(rows.integer(0)) has a row and no record") }
        try compareTotals(raw.digest, rawBytes)
    }

    private mutating func compare(
        _ bytes: [UInt8], _ member: CanonicalMember, with rows: Statement
    ) throws {
        let scanner = archive.dataset.scanner
        var found: [(id: Int64, digest: Int64)] = []
        bytes.withUnsafeBytes { bytes in
            _ = RawLines.forEach(in: bytes) { line, _ in
                guard case .record(let id, let body) = scanner.scan(line) else { return }
                let digest = RecordDigest.of(UnsafeRawBufferPointer(rebasing: line[body]))
                found.append((id.rawValue, digest))
            }
        }
        if found.count != member.lines {
            note("the member at \(member.offset) holds \(found.count) records, not \(member.lines)")
        }
        tweets += found.count
        if found.first?.id != member.firstID || found.last?.id != member.lastID {
            note("the member at \(member.offset) holds other ids than the index says")
        }
        for (id, digest) in found {
            guard try rows.step(), rows.integer(0) == id else {
                return note("record \(id) is not where the index has it")
            }
            if rows.integer(1) != digest { note("record \(id) has another digest") }
        }
    }

    private mutating func compareTotals(_ raw: ContentDigest, _ rawBytes: Int) throws {
        let statement = try index.database.prepare(
            "SELECT count, rawSHA256, rawBytes FROM partition")
        _ = try statement.step()
        if Int(statement.integer(0)) != tweets {
            note("says \(statement.integer(0)) records, has \(tweets)")
        }
        if Int(statement.integer(2)) != rawBytes { note("has \(rawBytes) canonical bytes") }
        if statement.text(1) != raw.hex { note("canonical bytes have another SHA-256") }
    }
}
