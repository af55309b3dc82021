import Shared

/// Works out what the zones saw of a span and what they lack.
struct CoverageSurvey {
    typealias Interval = CoverageReport.Interval

    let archive: ArchiveReader
    /// What was asked for.
    let span: PartitionSpan
    var rules = CoverageRules()
    var hasMinutes = false
    /// When it is asked: what lies ahead has not been missed.
    var now = Timestamp.now

    /// A century: more is a mistake in the span, and each hour takes memory.
    private static let hoursMax: Int64 = 24 * 366 * 100

    /// What lies further ahead is a clock's or a manifest's error, and no end of the span.
    private static let aheadMax = Duration.seconds(86_400)

    func run() async throws -> CoverageReport {
        let indexes = try await self.indexes()
        let listing = try await manifests(indexes)
        let manifests = Dictionary(grouping: listing.manifests, by: \.zone)
        let zones = Set(manifests.keys).union(indexes.flatMap(\.zones))
            .sorted(by: archive.dataset.precedes)
        guard zones.count <= Membership.zonesMax else {
            throw MergeError(.tooManyZones, "\(zones.count) zones: at most \(Membership.zonesMax)")
        }
        let histories = zones.map { ZoneHistory(manifests[$0] ?? [], rules: rules) }
        let known = known(histories)
        let interval = interval(histories, until: known)
        guard interval.milliseconds / Timestamp.millisecondsPerHour <= Self.hoursMax else {
            throw ConfigurationError(
                "\(interval.from) to \(interval.to): more than a century: ask for a shorter span")
        }
        let timelines = zip(zones, histories).map { ZoneTimeline($0, $1, in: interval) }
        let inputs = CoverageInputs(
            indexes, listing, archive.dataset, interval, rules, within: span)
        let tallies = try tally(indexes, timelines, interval, until: known)
        return CoverageReport(
            inputs, timelines, tallies, in: interval, hasMinutes: hasMinutes,
            stream: archive.dataset.stream)
    }

    private func indexes() async throws -> [CoverageIndex] {
        var indexes: [CoverageIndex] = []
        for partition in try await archive.partitions(in: span) {
            guard let path = try await archive.indexPath(of: partition) else { continue }
            indexes.append(try CoverageIndex(path, of: partition))
        }
        return indexes
    }

    private func manifests(_ indexes: [CoverageIndex]) async throws -> CoverageManifests {
        let asked = Interval(
            from: span.first?.start ?? Interval.always.from,
            to: span.last?.end ?? Interval.always.to)
        return try await CoverageCatalog(
            archive: archive, deliveryLag: rules.deliveryLag, now: now
        ).outlines(
            of: asked, naming: Set(indexes.flatMap { $0.segments.map(\.reference) }))
    }

    /// The last moment that a manifest of any zone knows of.
    private func known(_ histories: [ZoneHistory]) -> Timestamp? {
        histories.compactMap(\.known?.to).filter { $0 <= now.advanced(by: Self.aheadMax) }.max()
    }

    /// What was asked for, as far as it has happened; where nothing was, from the first delivery to
    /// the last moment known.
    private func interval(
        _ histories: [ZoneHistory], until known: Timestamp?
    ) -> Interval {
        let first =
            histories.compactMap(\.delivered).min() ?? histories.compactMap(\.known?.from).min()
        let from = span.first?.start ?? first ?? span.last?.end ?? Interval.always.from
        let happened = max(now, known ?? now)
        let to = span.last.map { min($0.end, happened) } ?? known ?? from
        return Interval(from: from, to: max(from, to))
    }

    /// Every hour that has an index or a part in the interval, in order.
    ///
    /// - Parameter known: what comes behind it was not compared, and nobody knows what was sent.
    private func tally(
        _ indexes: [CoverageIndex], _ timelines: [ZoneTimeline],
        _ interval: Interval, until known: Timestamp?
    ) throws -> [HourTally] {
        let paths = Dictionary(uniqueKeysWithValues: indexes.map { ($0.partition, $0.path) })
        let compared = Interval(
            from: interval.from, to: min(interval.to, known ?? interval.to))
        let hours = Set(paths.keys).union(interval.hours).sorted()
        return try Cores.map(hours.count, worker: {}) { _, place in
            let hour = hours[place]
            let grid = CoverageGrid(hour, timelines)
            let index = try paths[hour].map { try PartitionIndex($0, of: hour) }
            return try HourTally(grid, index, zones: timelines.map(\.zone), span: compared)
        }
    }
}

extension CoverageReport.Interval {
    /// That it has a part in.
    fileprivate var hours: [Partition] {
        guard !isEmpty else { return [] }
        let last = Partition(containing: to.advanced(by: .milliseconds(-1))).hoursSince1970
        return (Partition(containing: from).hoursSince1970...last).map {
            Partition(hoursSince1970: $0)
        }
    }
}
