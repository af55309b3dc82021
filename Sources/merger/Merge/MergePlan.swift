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
        /// Of which lines are read.
        var segments: Int
        /// Of these segments and of the canonical object that is built upon.
        var bytes: Int
    }

    /// To be written, in order.
    var hours: [Hour] = []
    var hoursUnchanged = 0
    /// Those that get nothing but notices, which wait for the daily sweep, in order.
    var hoursWaiting: [Partition] = []
    /// Each once, however many hours need it.
    var segments: Int { fetched.count }
    var bytes: Int { baseBytes + fetched.values.reduce(0, +) }
    var problems: [String] = []

    private var fetched: [SegmentReference: Int] = [:]
    private var baseBytes = 0

    mutating func add(
        _ partition: Partition, _ work: Work, _ manifests: [SegmentManifest], baseBytes: Int
    ) {
        var bytes = baseBytes
        for manifest in manifests {
            fetched[manifest.reference] = manifest.object?.bytes ?? 0
            bytes += manifest.object?.bytes ?? 0
        }
        self.baseBytes += baseBytes
        hours.append(Hour(hour: partition, work: work, segments: manifests.count, bytes: bytes))
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
        let (listing, problems) = try await survey(catalog)
        var plan = MergePlan()
        plan.problems = problems.map { "\($0)" }
        let sweep = DeletionSweep(schedule: configuration.deletions, now: clock())
        let scratch = try Scratch(root: configuration.scratch)
        let depot = SegmentDepot(store: store, directory: scratch.directory)
        for (partition, manifests) in partitions(of: listing.manifests) {
            try Task.checkCancellation()
            let settlement = PartitionSettlement(
                partition: partition, dataset: dataset, cache: cache, catalog: catalog,
                depot: depot, scratch: scratch, configuration: configuration, sweep: sweep)
            do {
                try await settlement.plan(manifests, into: &plan)
            } catch let error as any OperatorError {
                plan.problems.append("\(error)")
            }
        }
        return plan
    }
}
