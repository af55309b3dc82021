import Shared

/// Compares index and canonical object of one partition with each other and with the manifests.
struct PartitionAudit {
    let index: PartitionIndex
    private let archive: ArchiveReader
    private let sweep: DeletionSweep
    private let scratch: Scratch
    var partition: Partition { index.partition }
    var dataset: Dataset { archive.dataset }

    private(set) var problems: [String] = []
    private(set) var tweets = 0
    /// Segments that a run would admit, or leave to the daily sweep.
    private(set) var unmerged: [SegmentReference] = []
    /// Whether that is all that they wait for.
    private(set) var isWaiting = false
    /// The segments of the index, by their numbers.
    private(set) var rows: [SegmentRow] = []

    /// - Parameter scratch: gets a copy of the canonical object.
    init(
        _ index: PartitionIndex, _ archive: ArchiveReader, _ sweep: DeletionSweep,
        _ scratch: Scratch
    ) {
        self.index = index
        self.archive = archive
        self.sweep = sweep
        self.scratch = scratch
    }

    /// - Parameter manifests: those of the store that concern the partition.
    mutating func run(_ manifests: [SegmentManifest]) async throws {
        try checkFile()
        rows = try index.segments()
        let admitted = try checkSegments(manifests)
        try checkLedger()
        if admitted.allSatisfy({ $0 != nil }) {
            let admitted = admitted.compactMap { $0 }
            try checkLines(admitted)
            try checkConnections(admitted)
            try checkTweets(admitted)
        }
        do {
            try await checkCanonical()
        } catch let error as any OperatorError where error.exitCode == .dataMissing {
            problems.append("partition \(partition): canonical object: \(error)")
        }
    }

    /// What was found of segments that are not merged, in words.
    var unmergedProblems: [String] {
        isWaiting
            ? [] : unmerged.map { "partition \(partition): segment \($0) is not merged yet" }
    }

    mutating func note(_ problem: String) {
        problems.append("partition \(partition): \(problem)")
    }

    /// Notes a problem for each row that a query finds, of which there should be none.
    mutating func expectNone(_ problem: String, _ sql: String) throws {
        let count = try index.database.integer("SELECT count(*) FROM (\(sql))") ?? 0
        if count > 0 { note("\(count) \(problem)") }
    }

    private mutating func checkFile() throws {
        let statement = try index.database.prepare("PRAGMA quick_check(1)")
        _ = try statement.step()
        if statement.text(0) != "ok" { note("index: \(statement.text(0))") }
    }

    /// - Returns: the manifest of each segment of the index, by its number; nil where that is not it.
    private mutating func checkSegments(
        _ manifests: [SegmentManifest]
    ) throws -> [SegmentManifest?] {
        let members = try Membership(known: rows, new: [], dataset: dataset)
        let numbers = try members.numbers(of: rows)
        let zones = try index.zones()
        if numbers != Array(rows.indices) || zones != members.zones {
            note("segments or zones are not numbered by their rank")
        }
        for (row, bit) in zip(rows, try index.zoneBits())
        where bit != (try? members.zoneBit(of: row.reference.zone)) {
            note("segment \(row.reference): has another zone than its key")
        }
        let known = Dictionary(
            manifests.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        let admitted = Set(rows.map(\.reference))
        let new = manifests.filter { !admitted.contains($0.reference) }
        unmerged = new.map(\.reference)
        isWaiting = sweep.defers(new, in: partition)
        return rows.map { row in
            guard let manifest = known[row.reference] else {
                note("segment \(row.reference): is admitted and has no manifest")
                return nil
            }
            guard agrees(row, with: manifest) else {
                note(
                    "segment \(manifest.reference): the index says something else than its manifest"
                )
                return nil
            }
            return manifest
        }
    }

    private func agrees(_ row: SegmentRow, with manifest: SegmentManifest) -> Bool {
        let hour = manifest.hours.first { $0.hour == partition }
        let isHome = manifest.name.homePartition == partition
        let here = row.records + row.notices + row.quarantined
        return row.sha256 == manifest.object?.sha256 && row.received == manifest.received
            && row.records == hour?.records ?? 0 && row.notices == hour?.notices ?? 0
            && row.quarantined == (isHome ? manifest.unreadable : 0)
            && here + row.elsewhere == manifest.lines
            && !(row.isExpired && manifest.object == nil)
    }

    private mutating func checkLedger() throws {
        try expectNone(
            "segments whose ledger does not balance",
            """
            SELECT 1 FROM ledger WHERE duplicates < 0
                OR lines <> canonical + duplicates + notices + quarantined + deleted
            """)
        for table in ["notice", "quarantine"] {
            let column = table == "notice" ? "notices" : "quarantined"
            try expectNone(
                "segments with other counts of table \(table) than there are rows",
                """
                SELECT number FROM segment LEFT JOIN \(table) ON \(table).segment = number
                GROUP BY number HAVING count(\(table).segment) <> \(column)
                """)
        }
        let lines = ["notice", "quarantine", "tweet", "divergence", "deletion", "connection"]
        for table in lines {
            try expectNone(
                "rows of table \(table) of no segment",
                "SELECT 1 FROM \(table) WHERE segment NOT IN (SELECT number FROM segment)")
        }
    }

    // MARK: The canonical object

    private mutating func checkCanonical() async throws {
        let store = archive.cache.store
        guard let object = try await store.head(StoreLayout.canonical(partition)) else {
            return note("has an index and no canonical object: run merger run")
        }
        // Not from the cache: the bytes themselves are what is in doubt.
        let path = "\(scratch.directory)/audited.ndjson.gz"
        _ = try await store.fetch(object.key, to: path)
        defer { try? LocalDirectory.remove(path) }
        var audit = CanonicalAudit(index, dataset)
        try audit.run(path)
        tweets = audit.tweets
        for problem in audit.problems { note(problem) }
    }
}

extension PartitionIndex {
    /// The bit of each segment's zone, in order of their numbers.
    fileprivate func zoneBits() throws -> [Int] {
        let statement = try database.prepare("SELECT zone FROM segment ORDER BY number")
        var bits: [Int] = []
        while try statement.step() { bits.append(Int(statement.integer(0))) }
        return bits
    }
}
