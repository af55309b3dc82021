import Shared

/// How much one zone sees beside another, over the same minutes. A pure function of two beacons.
///
/// A socket that is up and brings a part of the posts looks healthy from inside: only somebody who
/// gets the same posts can tell.
struct PeerComparison: Equatable, Sendable {
    /// Below this share of another zone's records a zone is not ready. X loses single posts, and a
    /// broken view mostly loses a kind of post, or a slice: a half, a quarter, everything.
    static let shareMin = 0.5
    /// As many records of the other zone tell: of 100 that both should get, chance takes a few.
    static let recordsMin = 100
    /// A burst in one minute, or a pause, is not a view.
    static let minutesMin = 3
    /// An older beacon is of a zone that has other worries.
    static let ageMax = Duration.seconds(300)

    var zone: Zone
    var minutes: Int
    var ours: Int
    var theirs: Int

    var share: Double { Double(ours) / Double(theirs) }

    var isPartial: Bool { share < Self.shareMin }

    /// Nil where the two cannot be compared, or too little came to tell.
    init?(_ own: Beacon, with peer: Beacon) {
        guard peer.zone != own.zone, peer.stream == own.stream,
            let selection = own.selection, peer.selection == selection,
            abs(peer.at.duration(to: own.at).wholeMilliseconds) <= Self.ageMax.wholeMilliseconds
        else { return nil }
        let theirs = Dictionary(
            peer.minutes.map { ($0.minute, $0.records) }, uniquingKeysWith: { first, _ in first })
        zone = peer.zone
        (minutes, ours, self.theirs) = (0, 0, 0)
        // The latest tell how it is now, and as few as can tell it.
        for minute in own.minutes.reversed() {
            guard let records = theirs[minute.minute] else { continue }
            minutes += 1
            ours += minute.records
            self.theirs += records
            if isTelling { return }
        }
        return nil
    }

    private var isTelling: Bool { minutes >= Self.minutesMin && theirs >= Self.recordsMin }

    /// With the zone beside which `own` sees least, and how many zones there were to compare with.
    static func worst(_ own: Beacon, among peers: [Beacon]) -> (worst: Self, compared: Int)? {
        let all = peers.compactMap { Self(own, with: $0) }
        return all.min { $0.share < $1.share }.map { ($0, all.count) }
    }
}

/// `412 records in 5 minutes, zone b 1300: 32 % of it`.
extension PeerComparison: CustomStringConvertible {
    var description: String {
        let percent = Int((share * 100).rounded(.down))
        return "\(ours) records in \(minutes) minutes, zone \(zone) \(theirs): \(percent) % of it"
    }
}
