import Shared

/// Finds out why the archive has no copy of some ids.
///
/// Looks at the manifests of about a day before and behind the hour of an id, so that its cost does not
/// grow with the archive.
struct AbsenceInquiry {
    let archive: ArchiveReader
    let now: Timestamp

    /// How many quarantines are searched for one hour, the nearest first.
    private static let quarantinesMax = 48

    /// How far around an id the bounds of gaps are told.
    private static let around = Duration.seconds(24 * 3600)

    /// - Parameters:
    ///   - ids: of the partition, and in no row of it.
    ///   - index: of the partition.
    func explain(
        _ ids: [TweetID], _ partition: Partition, _ index: PartitionIndex?
    ) async throws -> [Absence] {
        guard !ids.isEmpty else { return [] }
        let segments = Set(try index?.segments().map(\.reference) ?? [])
        let manifests = try await CoverageCatalog(
            archive: archive, deliveryLag: CoverageRules.deliveryLagDefault, now: now
        ).listing(of: moments(ids), naming: segments).manifests
        let timelines = timelines(manifests, around: partition)
        let quarantine = try await quarantine(Set(ids), partition, manifests)
        return try ids.map { id in
            AbsenceEvidence(
                id: id, now: now,
                states: timelines.compactMap { timeline in
                    timeline.stretch(at: id.creationTime).map {
                        Absence.ZoneState(zone: timeline.zone, stretch: $0)
                    }
                },
                quarantine: quarantine[id] ?? [],
                unmerged: manifests.filter {
                    mayHold(id, $0) && !segments.contains($0.reference)
                }.map(\.reference),
                deletedAt: try index?.deletedAt(id),
                archiveStart: manifests.map(\.received.first).min(),
                archiveEnd: manifests.map(\.received.last).max()
            ).absence
        }
    }

    private func mayHold(_ id: TweetID, _ manifest: SegmentManifest) -> Bool {
        manifest.hours.contains { $0.hour == id.partition && $0.records > 0 }
            && manifest.members.contains { $0.mayHold(id) }
    }

    /// From the first of some ids to the last, as far as it has happened.
    private func moments(_ ids: [TweetID]) -> CoverageReport.Interval {
        let times = ids.map { min($0.creationTime, now) }
        let (first, last) = (times.min() ?? now, times.max() ?? now)
        return CoverageReport.Interval(from: first, to: last.advanced(by: .milliseconds(1)))
    }

    private func timelines(
        _ manifests: [SegmentManifest], around partition: Partition
    ) -> [ZoneTimeline] {
        let span = CoverageReport.Interval(
            from: partition.start.advanced(by: .zero - Self.around),
            to: partition.end.advanced(by: Self.around))
        return Dictionary(grouping: manifests, by: \.zone)
            .sorted { archive.dataset.precedes($0.key, $1.key) }
            .map { ZoneTimeline($0.key, $0.value, in: span) }
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
