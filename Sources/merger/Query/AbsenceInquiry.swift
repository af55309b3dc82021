import Shared

/// Finds out why the archive has no copy of some ids.
///
/// Looks at the manifests of the day before, the day of, and the day after the time of an id, so that
/// its cost does not grow with the archive.
final class AbsenceInquiry {
    private let archive: ArchiveReader
    private let now: Timestamp
    /// That of the last day asked for.
    private var window: (date: String, surroundings: Surroundings)?

    init(_ archive: ArchiveReader, now: Timestamp) {
        self.archive = archive
        self.now = now
    }

    /// Manifests of some days, and what they tell.
    private struct Surroundings {
        var manifests: [SegmentManifest]
        var timelines: [ZoneTimeline]
        /// When the last segment of them ended; nil where there are later ones.
        var archiveEnd: Timestamp?
    }

    /// How many quarantines are searched for one hour, the nearest first.
    private static let quarantinesMax = 48

    /// - Parameters:
    ///   - ids: of the partition, and in no row of it.
    ///   - index: of the partition.
    func explain(
        _ ids: [TweetID], _ partition: Partition, _ index: PartitionIndex?
    ) async throws -> [Absence] {
        guard !ids.isEmpty else { return [] }
        let surroundings = try await surroundings(of: min(partition.start, now))
        let start = try await archiveStart()
        let admitted = Set(try index?.segments().map(\.reference) ?? [])
        let quarantine = try await quarantine(Set(ids), partition, surroundings.manifests)
        return try ids.map { id in
            AbsenceEvidence(
                id: id, now: now,
                states: surroundings.timelines.compactMap { timeline in
                    timeline.stretch(at: id.creationTime).map {
                        Absence.ZoneState(zone: timeline.zone, stretch: $0)
                    }
                },
                quarantine: quarantine[id] ?? [],
                unmerged: surroundings.manifests.filter {
                    mayHold(id, $0) && !admitted.contains($0.reference)
                }.map(\.reference),
                deletedAt: try index?.deletedAt(id), archiveStart: start,
                archiveEnd: surroundings.archiveEnd
            ).absence
        }
    }

    private func mayHold(_ id: TweetID, _ manifest: SegmentManifest) -> Bool {
        manifest.hours.contains { $0.hour == id.partition && $0.records > 0 }
            && manifest.members.contains { member in
                guard let first = member.minID, let last = member.maxID else { return false }
                return first <= id && id <= last
            }
    }

    // MARK: Manifests

    private func surroundings(of time: Timestamp) async throws -> Surroundings {
        if let window, window.date == time.date { return window.surroundings }
        let days = (-1...1).map { day in
            Timestamp(milliseconds: time.milliseconds + day * Timestamp.millisecondsPerDay).date
        }
        let manifests = try await archive.catalog.list(receivedOn: days).manifests
        guard let first = Timestamp("\(days[0])T00:00:00Z") else {
            preconditionFailure("\(days[0]) is a date")
        }
        let span = CoverageReport.Interval(
            from: first, to: first.advanced(by: .seconds(24 * 3600) * days.count))
        let timelines = Dictionary(grouping: manifests, by: \.zone)
            .sorted { archive.dataset.precedes($0.key, $1.key) }
            .map { ZoneTimeline($0.key, $0.value, in: span) }
        var end: Timestamp?
        if try await !hasManifests(after: days[2]) { end = manifests.map(\.received.last).max() }
        let surroundings = Surroundings(
            manifests: manifests, timelines: timelines, archiveEnd: end)
        window = (time.date, surroundings)
        return surroundings
    }

    private func hasManifests(after date: String) async throws -> Bool {
        for zone in try await archive.catalog.zones() {
            let folder = StoreLayout.folder(
                under: StoreLayout.manifestPrefix, zone: zone, date: date)
            let zoneFolder = "\(StoreLayout.manifestPrefix)zone=\(zone)/"
            // `~` sorts behind every name in the folder.
            let page = try await archive.cache.store.list(
                zoneFolder, after: ObjectKey("\(folder)~"))
            if !page.objects.isEmpty { return true }
        }
        return false
    }

    /// When the first segment of any zone began.
    private func archiveStart() async throws -> Timestamp? {
        var starts: [Timestamp] = []
        for zone in try await archive.catalog.zones() {
            let page = try await archive.cache.store.list(
                "\(StoreLayout.manifestPrefix)zone=\(zone)/", after: nil)
            if let first = page.objects.lazy.compactMap({ StoreLayout.parseManifest($0.key) }).first
            {
                starts.append(first.name.start)
            }
        }
        return starts.min()
    }

    // MARK: Quarantine

    /// Lines that could not be read lie with the hour in which their segment began, whatever they hold.
    private func quarantine(
        _ ids: Set<TweetID>, _ partition: Partition, _ manifests: [SegmentManifest]
    ) async throws -> [TweetID: [Absence.QuarantinedLine]] {
        let homes = Set(manifests.filter { $0.unreadable > 0 }.map(\.name.homePartition))
        let nearest = homes.sorted {
            (distance($0, partition), $0) < (distance($1, partition), $1)
        }.prefix(Self.quarantinesMax)
        var lines: [TweetID: [Absence.QuarantinedLine]] = [:]
        for home in nearest {
            guard let index = try await archive.index(of: home) else { continue }
            for (id, line) in try index.quarantinedLines(naming: ids) {
                lines[id, default: []].append(line)
            }
        }
        return lines
    }

    private func distance(_ left: Partition, _ right: Partition) -> Int64 {
        abs(left.hoursSince1970 - right.hoursSince1970)
    }
}

extension PartitionIndex {
    /// When the first notice was received that deletes an id.
    fileprivate func deletedAt(_ id: TweetID) throws -> Timestamp? {
        let statement = try database.prepare("SELECT at FROM deletion WHERE id = ?")
        statement.bind(1, id.rawValue)
        return try statement.step() ? Timestamp(milliseconds: statement.integer(0)) : nil
    }

    /// The lines of the quarantine that hold the digits of one of these ids, and no more digits.
    fileprivate func quarantinedLines(
        naming ids: Set<TweetID>
    ) throws -> [(id: TweetID, line: Absence.QuarantinedLine)] {
        let rows = try database.prepare(
            """
            SELECT key, line, reason, content FROM quarantine
                JOIN segment ON segment.number = quarantine.segment
            """)
        var found: [(TweetID, Absence.QuarantinedLine)] = []
        while try rows.step() {
            let line = Absence.QuarantinedLine(
                segment: rows.text(0), line: Int(rows.integer(1)), reason: rows.text(2))
            let named = Set(DigitRuns.ids(in: rows.bytes(3))).intersection(ids)
            for id in named.sorted() { found.append((id, line)) }
        }
        return found
    }
}
