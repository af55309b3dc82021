import Shared

/// What a run would do.
struct MergePlan: Encodable, Sendable {
    enum Work: String, Encodable, Sendable {
        /// The hour has no index.
        case new
        /// Segments are added to what is there.
        case added
        /// An earlier run is brought to its end.
        case completed
        /// The canonical object is not the one that the index wants.
        case rebuilt
    }

    struct Hour: Encodable, Sendable {
        var hour: Partition
        var work: Work
        /// Bytes of the segments of which lines are read.
        var fetched: [SegmentReference: Int]
        /// Of the canonical object that is built upon.
        var baseBytes: Int

        var segments: Int { fetched.count }
        var bytes: Int { fetched.values.reduce(baseBytes, +) }

        private enum CodingKeys: String, CodingKey {
            case hour, work, segments, bytes
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(hour, forKey: .hour)
            try values.encode(work, forKey: .work)
            try values.encode(segments, forKey: .segments)
            try values.encode(bytes, forKey: .bytes)
        }
    }

    /// To be written, in order.
    var hours: [Hour] = []
    var hoursUnchanged = 0
    /// Those that get nothing but notices, which wait for the daily sweep, in order.
    var hoursWaiting: [Partition] = []
    var problems: [String] = []

    /// Each once, however many hours need it.
    var segments: Int { fetched.count }
    var bytes: Int { fetched.values.reduce(hours.reduce(0) { $0 + $1.baseBytes }, +) }

    private var fetched: [SegmentReference: Int] {
        hours.reduce(into: [:]) { $0.merge($1.fetched) { first, _ in first } }
    }

    mutating func add(
        _ partition: Partition, _ work: Work, _ manifests: [SegmentManifest], baseBytes: Int
    ) {
        let fetched = Dictionary(
            manifests.map { ($0.reference, $0.object?.bytes ?? 0) },
            uniquingKeysWith: { first, _ in first })
        hours.append(Hour(hour: partition, work: work, fetched: fetched, baseBytes: baseBytes))
    }

    /// What each of so many shares would have to do, as `--shard` divides the hours.
    func shares(_ count: Int64) -> [MergePlan] {
        (0..<count).map { index in
            var share = MergePlan()
            share.hours = hours.filter { Shard(index: index, count: count).contains($0.hour) }
            return share
        }
    }

    private enum CodingKeys: String, CodingKey {
        case hours, hoursUnchanged, hoursWaiting, segments, bytes, problems
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(hours, forKey: .hours)
        try values.encode(hoursUnchanged, forKey: .hoursUnchanged)
        try values.encode(hoursWaiting, forKey: .hoursWaiting)
        try values.encode(segments, forKey: .segments)
        try values.encode(bytes, forKey: .bytes)
        try values.encode(problems, forKey: .problems)
    }
}

extension MergeRun {
    /// Works out what ``run()`` would do, and writes nothing to the store.
    func plan() async throws -> MergePlan {
        guard let dataset = try await Dataset.read(from: store) else {
            throw ConfigurationError(
                "\(store.name): holds no dataset: check MERGER_STORE, or begin with merger init")
        }
        try dataset.require(stream: configuration.streamName, in: store)
        let cache = try StoreCache(store: store, root: configuration.cache)
        let catalog = SegmentCatalog(cache: cache, dataset: dataset)
        let survey = try await survey(catalog, SettledHours(cache, dataset))
        var plan = MergePlan()
        plan.problems = survey.problems.map { "\($0)" }
        plan.hoursUnchanged = survey.partitionsUnchanged
        let sweep = DeletionSweep(schedule: configuration.deletions, now: clock())
        let scratch = try Scratch(root: configuration.scratch)
        let depot = SegmentDepot(store: store, directory: scratch.directory)
        for due in survey.due {
            try Task.checkCancellation()
            let settlement = PartitionSettlement(
                partition: due.partition, dataset: dataset, cache: cache, catalog: catalog,
                depot: depot, scratch: scratch, configuration: configuration, sweep: sweep)
            do {
                let (manifests, problems) = try await catalog.load(
                    due.segments.map { survey.listing.entries[$0] }, of: survey.listing)
                plan.problems += problems.map { "\($0)" }
                try await settlement.plan(manifests, into: &plan)
            } catch let error as any OperatorError {
                plan.problems.append("\(error)")
            }
        }
        return plan
    }
}
