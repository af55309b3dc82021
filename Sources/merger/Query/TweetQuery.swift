import Shared

/// What is known of an id.
enum TweetAnswer {
    /// - Parameter record: nil where it was not asked for, or the canonical stream has none.
    case seen(Sighting, record: [UInt8]?)
    case absent(Absence)
}

/// Answers for many ids at once: each index is opened once, each member of an object read once.
struct TweetQuery {
    let archive: ArchiveReader
    var wantsCopies = false
    var wantsRecords = false
    /// An id of a later time cannot be one yet.
    let now: Timestamp

    /// How many ids are answered at once: what bounds the records held in memory.
    static let batchMax = 10_000

    /// - Returns: an answer for each id, in the order of `ids`.
    func answers(to ids: some Collection<TweetID>) async throws -> [TweetAnswer] {
        let partitions = Dictionary(grouping: Set(ids), by: \.partition)
        let inquiry = AbsenceInquiry(archive: archive, now: now)
        let pending = try await PendingDeletions(archive, now: now)
        var answers: [TweetID: TweetAnswer] = [:]
        for (partition, ids) in partitions.sorted(by: { $0.key < $1.key }) {
            let index = try await archive.index(of: partition)
            var sightings = try await sightings(of: ids, index)
            let leftOut = try await pending.ids(in: partition, index: index)
            for id in sightings.keys where leftOut.contains(id.rawValue) {
                sightings[id]?.isDeleted = true
            }
            let records = try await records(
                of: sightings.keys.filter { !leftOut.contains($0.rawValue) }, index)
            for (id, sighting) in sightings {
                answers[id] = .seen(sighting, record: records[id])
            }
            let absent = ids.filter { sightings[$0] == nil }
            for absence in try await inquiry.explain(absent, partition, index) {
                answers[absence.id] = .absent(absence)
            }
        }
        return ids.compactMap { answers[$0] }
    }

    private func sightings(
        of ids: [TweetID], _ index: PartitionIndex?
    ) async throws -> [TweetID: Sighting] {
        guard let index else { return [:] }
        let reader = try SightingReader(index)
        var sightings: [TweetID: Sighting] = [:]
        for id in ids.sorted() { sightings[id] = try reader.sighting(of: id) }
        for (id, notices) in try index.notices(about: sightings.keys) {
            sightings[id]?.notices = notices
        }
        try await addReceptions(&sightings)
        if wantsCopies { try await addCopies(&sightings, index) }
        return sightings
    }

    private func records(
        of ids: [TweetID], _ index: PartitionIndex?
    ) async throws -> [TweetID: [UInt8]] {
        guard wantsRecords, let index else { return [:] }
        return try await archive.records(Set(ids), of: index.partition)
    }

    private func addReceptions(_ sightings: inout [TweetID: Sighting]) async throws {
        let winners = Dictionary(grouping: sightings.values, by: \.segment)
        let references = winners.keys.compactMap { ObjectKey($0) }
            .compactMap { StoreLayout.parseSegment($0) }
        for manifest in try await archive.catalog.list(references).manifests {
            for sighting in winners[manifest.reference.key.path] ?? [] {
                sightings[sighting.id]?.received = manifest.arrivalTime(ofLine: sighting.line)
            }
        }
    }

    private func addCopies(
        _ sightings: inout [TweetID: Sighting], _ index: PartitionIndex
    ) async throws {
        var wanted: [Zone: Set<TweetID>] = [:]
        for (id, sighting) in sightings {
            for zone in sighting.zones { wanted[zone, default: []].insert(id) }
        }
        let findings = try await CopySearch(archive: archive, index: index).run(wanted)
        for id in sightings.keys {
            sightings[id]?.copies = findings.copies[id] ?? []
            sightings[id]?.unread = findings.unread[id]
        }
    }
}
