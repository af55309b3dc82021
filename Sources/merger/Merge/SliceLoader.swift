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
/// order. Everything that is not a record goes to the index at once. Where that has to be done ahead
/// of the first slice, the places of copies are remembered, and only members that hold winners are
/// inflated again.
struct SliceLoader: ~Copyable {
    struct Job: Hashable {
        var input: Int
        var member: Int
    }

    /// Remembered copies may take a fourth of what lines may take, besides.
    private static let rememberedShare = 4

    private let inputs: [SegmentInput]
    private let inputsByNumber: [Int32: Int]
    private let partition: Partition
    private let dataset: Dataset
    private let index: IndexWriter
    private let bytesMax: Int
    private let pool: LineBufferPool

    /// Of each input.
    private(set) var findings: [SegmentInput.Findings]
    private var buffers: [LineBuffer] = []
    private var remembered: RememberedCopies

    /// - Parameter bytesMax: how many bytes of lines and facts about them are held at once.
    init(
        _ inputs: [SegmentInput], _ partition: Partition, _ dataset: Dataset,
        index: IndexWriter, bytesMax: Int, pool: LineBufferPool = .shared
    ) {
        self.inputs = inputs
        inputsByNumber = Dictionary(
            inputs.indices.map { (Int32(inputs[$0].number), $0) },
            uniquingKeysWith: { first, _ in first })
        self.partition = partition
        self.dataset = dataset
        self.index = index
        self.bytesMax = bytesMax
        self.pool = pool
        findings = inputs.map { _ in SegmentInput.Findings() }
        remembered = RememberedCopies(bytesMax: bytesMax / Self.rememberedShare)
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
    ///
    /// - Parameter isAhead: whether slices follow, for which the members would be read again.
    mutating func visitAll(isAhead: Bool) throws {
        let jobs = jobs { input, member, _ in
            inputs[input].needsEveryLine(in: partition) && !findings[input].visited.contains(member)
        }
        let slice = isAhead ? partition.ids : 0..<0
        var rest = jobs[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(fitting(rest)))
            rest.removeFirst(batch.count)
            // What is remembered of a copy is where it lies in its member.
            let readings = try read(batch, slice, isCompacted: !isAhead) ?? []
            for (job, reading) in zip(batch, readings) {
                try apply(reading, of: job)
                if isAhead { remembered.add(reading.copies, of: job) }
                pool.give(reading.lines)
            }
        }
        if isAhead, !jobs.isEmpty { remembered.sort() }
    }

    /// How many of the first jobs fit even where their members hold nothing but what is looked for.
    private func fitting(_ jobs: ArraySlice<Job>) -> Int {
        var room = bytesMax
        let fitting = jobs.prefix { job in
            let raw = inputs[job.input].manifest.members[job.member].raw
            room -= LineBufferPool.roomBytes(min(raw, dataset.limits.memberBytes))
            return room >= 0
        }
        return max(1, fitting.count)
    }

    /// The copies of a slice, ascending by id and then by rank. Slices are loaded in order.
    ///
    /// - Returns: nil where they are more than fits and the slice can be cut further.
    mutating func load(_ slice: Range<Int64>) throws -> [LoadedCopy]? {
        recycle()
        let jobs = jobs { input, member, facts in
            guard !remembered.areOf(Job(input: input, member: member)),
                let first = facts.minID?.rawValue, let last = facts.maxID?.rawValue
            else { return false }
            return first < slice.upperBound && last >= slice.lowerBound
        }
        guard let readings = try read(jobs, slice, isCuttable: slice.count > 1)
        else { return nil }
        let known = remembered.next(below: slice.upperBound)
        var copies: [LoadedCopy] = []
        copies.reserveCapacity(readings.reduce(known.count) { $0 + $1.copies.count })
        copies += known
        var held = 0
        for (job, reading) in zip(jobs, readings) {
            try apply(reading, of: job)
            held += reading.heldBytes
            for var copy in reading.copies {
                copy.buffer = Int32(buffers.count)
                copies.append(copy)
            }
            buffers.append(reading.lines)
        }
        copies.sort(by: LoadedCopy.precedes)
        let isWhole =
            try known.isEmpty
            || loadWinners(among: &copies, besides: held, isCuttable: slice.count > 1)
        guard isWhole else { return nil }
        remembered.take(known.count)
        return copies
    }

    /// Reads the lines of remembered copies that come first of their ids.
    ///
    /// - Returns: false where they are more than fits.
    private mutating func loadWinners(
        among copies: inout [LoadedCopy], besides held: Int, isCuttable: Bool
    ) throws -> Bool {
        var places: [Job: [Int]] = [:]
        for (place, copy) in copies.enumerated() where copy.buffer == LoadedCopy.noBuffer {
            guard place == 0 || copies[place - 1].id != copy.id else { continue }
            places[job(of: copy), default: []].append(place)
        }
        let jobs = Array(places.keys)
        let wanted = jobs.map { job in places[job, default: []].map { copies[$0] } }
        let readings = try read(jobs.count, besides: held, isCuttable: isCuttable) {
            [inputs, pool] scan, number in
            var reading = try scan.read(
                jobs[number].member, of: inputs[jobs[number].input], knowing: wanted[number])
            reading.compact(pool)
            return reading
        }
        guard let readings else { return false }
        for (job, reading) in zip(jobs, readings) {
            for (place, copy) in zip(places[job, default: []], reading.copies) {
                copies[place] = copy
                copies[place].buffer = Int32(buffers.count)
            }
            buffers.append(reading.lines)
        }
        return true
    }

    private func job(of copy: LoadedCopy) -> Job {
        guard let input = inputsByNumber[copy.rank.segment] else {
            preconditionFailure("a copy of no input")
        }
        return Job(input: input, member: inputs[input].member(ofLine: Int(copy.rank.line)))
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

    /// - Parameter isCompacted: whether buffers are given back of which most is not wanted.
    /// - Returns: readings by job; nil where they are more than fits.
    private func read(
        _ jobs: [Job], _ slice: Range<Int64>, isCompacted: Bool = true, isCuttable: Bool = false
    ) throws -> [MemberReading]? {
        let visited = findings.map(\.visited)
        return try read(jobs.count, isCuttable: isCuttable) { [inputs, pool] scan, number in
            let job = jobs[number]
            var reading = try scan.read(
                job.member, of: inputs[job.input], slice: slice,
                takesAsides: !visited[job.input].contains(job.member))
            if isCompacted { reading.compact(pool) }
            return reading
        }
    }

    private func read(
        _ count: Int, besides others: Int = 0, isCuttable: Bool,
        _ body: @Sendable (MemberScan, Int) throws -> MemberReading
    ) throws -> [MemberReading]? {
        let held = Atomic(others)
        let heldMax = isCuttable ? bytesMax : Int.max
        let (partition, dataset, pool) = (partition, dataset, pool)
        let readings = try Cores.map(
            count, worker: { MemberScan(partition, dataset, pool: pool) }
        ) { scan, number -> MemberReading? in
            guard held.load(ordering: .relaxed) <= heldMax else { return nil }
            let reading = try body(scan, number)
            held.add(reading.heldBytes, ordering: .relaxed)
            return reading
        }
        guard held.load(ordering: .relaxed) > heldMax else { return readings.compactMap { $0 } }
        for reading in readings.compactMap({ $0 }) { pool.give(reading.lines) }
        return nil
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
