import Shared

/// Why the archive has no copy of a tweet (G7): a document of `merger query --json`.
struct Absence: Encodable {
    enum Reason: String, Encodable, CaseIterable {
        /// Its time lies in the future, or it is from before November 2010 and says no time.
        case implausible
        /// A line that holds it could not be read as a tweet.
        case quarantined
        /// Segments that may hold it have not been merged.
        case unmerged
        /// A zone was connected, and it did not come: deleted before, not selected, or lost.
        case undelivered
        /// Nobody listened as early, or as late.
        case outside
        /// No zone was connected when it was made.
        case unconnected
        /// No zone was for certain, and of one at least that is not known.
        case unknown
    }

    /// What a zone was when the tweet was made.
    struct ZoneState: Encodable {
        var zone: Zone
        /// For how long: the part of the days around it in which this did not change.
        var stretch: CoverageReport.Stretch
    }

    /// A line of the quarantine that holds the digits of the id.
    struct QuarantinedLine: Encodable, Equatable {
        var segment: String
        /// From 1.
        var line: Int
        var reason: String
    }

    var id: TweetID
    /// When it was made, as it says itself; nil where it says nothing.
    var created: Timestamp?
    var reason: Reason
    /// The reason as a sentence.
    var because: String
    var states: [ZoneState] = []
    var quarantine: [QuarantinedLine] = []
    /// Keys of segments that are not merged and whose ids span it.
    var unmerged: [String] = []
    /// When a notice was received that deletes it.
    var deletedAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, created, zones, absence
    }

    private enum AbsenceKeys: String, CodingKey {
        case reason, because, states, quarantine, unmerged, deletedAt
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id, forKey: .id)
        try values.encodeIfPresent(created, forKey: .created)
        try values.encode([Zone](), forKey: .zones)
        var absence = values.nestedContainer(keyedBy: AbsenceKeys.self, forKey: .absence)
        try absence.encode(reason, forKey: .reason)
        try absence.encode(because, forKey: .because)
        try absence.encode(states, forKey: .states)
        try absence.encode(quarantine, forKey: .quarantine)
        try absence.encode(unmerged, forKey: .unmerged)
        try absence.encodeIfPresent(deletedAt, forKey: .deletedAt)
    }
}

/// What was found out about an id without a copy.
struct AbsenceEvidence {
    var id: TweetID
    /// When it is asked.
    var now: Timestamp
    var states: [Absence.ZoneState] = []
    var quarantine: [Absence.QuarantinedLine] = []
    var unmerged: [SegmentReference] = []
    var deletedAt: Timestamp?
    /// When the first segment of those around it began; nil where there are none.
    var archiveStart: Timestamp?
    /// When the last one ended.
    var archiveEnd: Timestamp?

    /// The clock of whoever asks may be behind.
    private static let clockDoubt = Duration.seconds(60)

    var isFuture: Bool { id.creationTime > now.advanced(by: Self.clockDoubt) }

    var absence: Absence {
        let (reason, because) = judgement
        return Absence(
            id: id, created: id.saysTime ? id.creationTime : nil, reason: reason, because: because,
            states: states, quarantine: quarantine, unmerged: unmerged.map(\.key.path),
            deletedAt: deletedAt)
    }

    /// The first of these that holds: what is known for certain comes before what follows from times.
    private var judgement: (Absence.Reason, String) {
        let time = id.creationTime
        if let line = quarantine.first {
            return (.quarantined, "a line that holds it was quarantined: \(line.reason)")
        }
        if !unmerged.isEmpty {
            return (.unmerged, "segments that may hold it are not merged yet: merger run")
        }
        if !id.saysTime {
            return (.implausible, "ids from before November 2010 say no time")
        }
        if isFuture { return (.implausible, "its time, \(time), lies in the future") }
        if let connected { return connected }
        guard let archiveStart, let archiveEnd else { return (.outside, "the archive is empty") }
        if time < archiveStart {
            return (.outside, "the archive begins later, at \(archiveStart)")
        }
        if time >= archiveEnd {
            return (.outside, "the archive ends earlier, at \(archiveEnd)")
        }
        return unconnected
    }

    /// Segments begin and end by a listener's clock, and a back-fill or a file may reach beyond: what a
    /// zone had is asked before the bounds of the archive.
    private var connected: (Absence.Reason, String)? {
        let connected = states.filter { [.covered, .recovered].contains($0.stretch.state) }
        guard !connected.isEmpty else { return nil }
        let names = connected.map(\.zone.name).joined(separator: " ")
        return (
            .undelivered, "\(names) had the stream at \(id.creationTime), and it did not come"
        )
    }

    private var unconnected: (Absence.Reason, String) {
        if states.isEmpty || states.contains(where: { $0.stretch.state == .unknown }) {
            return (.unknown, "nobody knows what was connected at \(id.creationTime)")
        }
        return (.unconnected, "no zone was connected at \(id.creationTime)")
    }
}
