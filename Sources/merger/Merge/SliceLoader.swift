import Shared
private import Synchronization

/// Reads the copies of a range of ids from the new segments of a partition into memory, on all
/// processors.
///
/// ```
/// ids of the partition:  |---- slice ----|---- slice ----|---- slice ----|
/// members of segments:   [----]  [----]  [-----]  [----]   [----]  [---]
///                      [----]  [----]  [----]   [-----]  [----]   [----]
/// ```
///
/// Members come nearly ordered, so each is inflated for one slice and a few for two. Their buffers
/// are held as they are where most of the lines are wanted, so the memory is bounded whatever the
/// order. Everything that is not a record goes to the index at once.
struct SliceLoader: ~Copyable {
    private struct Job {
        var input: Int
        var member: Int
    }

    private let inputs: [SegmentInput]
    private let partition: Partition
    private let dataset: Dataset
    private let index: IndexWriter
    private let bytesMax: Int
    private let pool: LineBufferPool

    /// Of each input.
    private(set) var findings: [SegmentInput.Findings]
    private var buffers: [LineBuffer] = []

    /// - Parameter bytesMax: how many bytes of lines and facts about them are held at once.
    init(
        _ inputs: [SegmentInput], _ partition: Partition, _ dataset: Dataset,
        index: IndexWriter, bytesMax: Int, pool: LineBufferPool = .shared
    ) {
        self.inputs = inputs
        self.partition = partition
        self.dataset = dataset
        self.index = index
        self.bytesMax = bytesMax
        self.pool = pool
        findings = inputs.map { _ in SegmentInput.Findings() }
    }

    deinit {
        for buffer in buffers { pool.give(buffer) }
    }

    /// Cuts the range of ids so that about as much as fits lies between two cuts.
    ///
    /// What a slice holds is not guessed too small: it would be read, found to be too much, and
    /// read again in halves.
    func slices(of ids: Range<Int64>) -> [Range<Int64>] {
        let members = inputs.flatMap { $0.manifest.members }.compactMap {
            MemberSpan($0, dataset.limits)
        }
        .sorted { $0.first < $1.first }
        var slices: [Range<Int64>] = []
        var start = ids.lowerBound
        var held = 0
        var reaching: [MemberSpan] = []
        for member in members {
            held += member.heldBytes
            if held > bytesMax, ids.contains(member.first), member.first > start {
                slices.append(start..<member.first)
                start = member.first
                reaching.removeAll { $0.last < start }
                held = reaching.reduce(member.heldBytes) { $0 + $1.heldBytes }
            }
            reaching.append(member)
        }
        return slices + [start..<ids.upperBound]
    }

    /// The ids of a member, and what holding its lines takes.
    private struct MemberSpan {
        var first: Int64
        var last: Int64
        var heldBytes: Int

        init?(_ facts: SegmentManifest.MemberFacts, _ limits: DatasetLimits) {
            guard let first = facts.minID, let last = facts.maxID else { return nil }
            self.first = first.rawValue
            self.last = last.rawValue
            // A manifest is a claim: a member of more is refused, and a line has a byte and an LF.
            let raw = min(facts.raw, limits.memberBytes)
            let copies = min(facts.lines, raw / 2)
            heldBytes =
                LineBufferPool.roomBytes(raw) + copies * MemoryLayout<LoadedCopy>.stride
        }
    }

    /// Reads every member that was not read yet, for its notices and unreadable lines.
    mutating func visitAll() throws {
        let jobs = jobs { input, member, _ in
            inputs[input].needsEveryLine(in: partition) && !findings[input].visited.contains(member)
        }
        var rest = jobs[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(fitting(rest)))
            rest.removeFirst(batch.count)
            for (job, reading) in zip(batch, try read(batch, slice: 0..<0).readings) {
                try apply(reading, of: job)
                pool.give(reading.lines)
            }
        }
    }

    /// How many of the first jobs fit even where their members hold nothing but what is looked for.
    private func fitting(_ jobs: ArraySlice<Job>) -> Int {
        var room = bytesMax
        let fitting = jobs.prefix { job in
            room -= min(
                inputs[job.input].manifest.members[job.member].raw, dataset.limits.memberBytes)
            return room >= 0
        }
        return max(1, fitting.count)
    }

    /// The copies of a slice, ascending by id and then by rank.
    ///
    /// - Returns: nil where they are more than fits and the slice can be cut further.
    mutating func load(_ slice: Range<Int64>) throws -> [LoadedCopy]? {
        recycle()
        let jobs = jobs { _, _, facts in
            guard let first = facts.minID?.rawValue, let last = facts.maxID?.rawValue else {
                return false
            }
            return first < slice.upperBound && last >= slice.lowerBound
        }
        let (readings, isCut) = try read(jobs, slice: slice)
        guard !isCut else {
            for reading in readings { pool.give(reading.lines) }
            return nil
        }
        var copies: [LoadedCopy] = []
        copies.reserveCapacity(readings.reduce(0) { $0 + $1.copies.count })
        for (job, reading) in zip(jobs, readings) {
            try apply(reading, of: job)
            for var copy in reading.copies {
                copy.buffer = Int32(buffers.count)
                copies.append(copy)
            }
            buffers.append(reading.lines)
        }
        copies.sort { ($0.id, $0.rank) < ($1.id, $1.rank) }
        return copies
    }

    /// The bytes of a copy that the last ``load(_:)`` returned; valid until the next.
    func withRecord<Result>(
        of copy: LoadedCopy, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try buffers[Int(copy.buffer)].withLine(copy.range, body)
    }

    private mutating func recycle() {
        while let buffer = buffers.popLast() { pool.give(buffer) }
    }

    // MARK: Reading

    private func jobs(
        _ isWanted: (_ input: Int, _ member: Int, SegmentManifest.MemberFacts) -> Bool
    ) -> [Job] {
        inputs.indices.flatMap { input in
            inputs[input].manifest.members.enumerated().compactMap { member, facts in
                isWanted(input, member, facts) ? Job(input: input, member: member) : nil
            }
        }
    }

    /// - Returns: readings by job; some are missing where they are more than fits.
    private func read(
        _ jobs: [Job], slice: Range<Int64>
    ) throws -> (readings: [MemberReading], isCut: Bool) {
        let held = Atomic(0)
        let heldMax = slice.count > 1 ? bytesMax : Int.max
        let (inputs, partition, dataset, pool) = (inputs, partition, dataset, pool)
        let visited = findings.map(\.visited)
        let readings = try Cores.map(
            jobs.count, worker: { MemberScan(partition, dataset, pool: pool) }
        ) { scan, number -> MemberReading? in
            guard held.load(ordering: .relaxed) <= heldMax else { return nil }
            let job = jobs[number]
            let reading = try scan.read(
                job.member, of: inputs[job.input], slice: slice,
                takesAsides: !visited[job.input].contains(job.member))
            held.add(reading.heldBytes, ordering: .relaxed)
            return reading
        }
        return (
            readings.compactMap { $0 }, isCut: held.load(ordering: .relaxed) > heldMax
        )
    }

    private mutating func apply(_ reading: MemberReading, of job: Job) throws {
        guard findings[job.input].visited.insert(job.member).inserted else { return }
        findings[job.input].records += reading.records
        let manifest = inputs[job.input].manifest
        for aside in reading.asides {
            try reading.lines.withLine(aside.range) { line in
                switch aside.kind {
                case .notice(let kind, let id):
                    findings[job.input].notices += 1
                    let time = manifest.arrivalTime(ofLine: Int(aside.rank.line))
                    try index.addNotice(aside.rank, kind, id, at: time, line)
                case .unreadable(let reason):
                    findings[job.input].quarantined += 1
                    try index.addQuarantine(aside.rank, reason, line)
                }
            }
        }
    }
}
