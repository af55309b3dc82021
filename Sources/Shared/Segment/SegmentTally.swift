/// Counts what goes into a segment, line by line, for its manifest.
///
/// Used by whoever makes a segment (listener, recovery, adoption) and by whoever checks one.
package struct SegmentTally: Sendable {
    private struct Hour {
        var records = 0
        var notices = 0
    }

    private struct Suspect {
        var id: TweetID
        var member: Int
        var isNotice: Bool
    }

    /// Where notices without an id belong.
    package let home: Partition

    package private(set) var lines = 0
    package private(set) var notices = 0
    package private(set) var unreadable = 0
    package private(set) var members: [SegmentManifest.MemberFacts] = []

    private var records = 0
    private var hours: [Partition: Hour] = [:]
    private var ids: SegmentManifest.IDRange?
    private var memberLines = 0
    private var memberIDs: SegmentManifest.IDRange?

    /// Lines whose id lies so far behind the home partition that only the end of the segment can
    /// tell whether it is plausible.
    private var suspects: [Suspect] = []

    /// Below any bound that ``SegmentManifest/lastPlausiblePartition(latestIDTime:)`` can give.
    private static let plausibleAtOnceHours: Int64 = 1

    package init(home: Partition) {
        self.home = home
    }

    package mutating func count(_ line: ScannedLine) {
        lines += 1
        memberLines += 1
        switch line {
        case .record(let id, _):
            if isSuspect(id) {
                suspects.append(Suspect(id: id, member: members.count, isNotice: false))
            } else {
                countRecord(id)
                memberIDs = Self.range(memberIDs, with: id)
            }
        case .notice(_, let id):
            notices += 1
            if let id, isSuspect(id) {
                suspects.append(Suspect(id: id, member: members.count, isNotice: true))
            } else {
                hours[id?.partition ?? home, default: Hour()].notices += 1
            }
        case .unreadable:
            unreadable += 1
        }
    }

    /// Ends a member that holds the lines counted since the last one ended.
    ///
    /// - Parameters:
    ///   - bytes: compressed.
    ///   - raw: inflated.
    package mutating func endMember(bytes: Int, raw: Int) {
        let offset = members.last.map { $0.offset + $0.bytes } ?? 0
        members.append(
            SegmentManifest.MemberFacts(
                offset: offset, bytes: bytes, raw: raw, lines: memberLines,
                minID: memberIDs?.min, maxID: memberIDs?.max))
        memberLines = 0
        memberIDs = nil
    }

    /// What the manifest says of the lines.
    package struct Result: Equatable, Sendable {
        package var lines: Int
        package var records: Int
        package var notices: Int
        package var unreadable: Int
        package var ids: SegmentManifest.IDRange?
        package var hours: [SegmentManifest.HourFacts]
        package var members: [SegmentManifest.MemberFacts]
    }

    /// The counts, once it is known which ids are plausible.
    ///
    /// - Precondition: the last member was ended.
    package consuming func finish(lastPlausible: Partition) -> Result {
        precondition(memberLines == 0, "\(memberLines) lines belong to no member")
        for suspect in suspects {
            let isPlausible = suspect.id.partition <= lastPlausible
            guard !suspect.isNotice else {
                hours[isPlausible ? suspect.id.partition : home, default: Hour()].notices += 1
                continue
            }
            guard isPlausible else {
                unreadable += 1
                continue
            }
            countRecord(suspect.id)
            let member = members[suspect.member]
            members[suspect.member].minID = min(member.minID ?? suspect.id, suspect.id)
            members[suspect.member].maxID = max(member.maxID ?? suspect.id, suspect.id)
        }
        let sorted = hours.sorted { $0.key < $1.key }.map {
            SegmentManifest.HourFacts(
                hour: $0.key, records: $0.value.records, notices: $0.value.notices)
        }
        return Result(
            lines: lines, records: records, notices: notices, unreadable: unreadable, ids: ids,
            hours: sorted, members: members)
    }

    private func isSuspect(_ id: TweetID) -> Bool {
        id.partition.hoursSince1970 > home.hoursSince1970 + Self.plausibleAtOnceHours
    }

    private mutating func countRecord(_ id: TweetID) {
        records += 1
        hours[id.partition, default: Hour()].records += 1
        ids = Self.range(ids, with: id)
    }

    private static func range(
        _ range: SegmentManifest.IDRange?, with id: TweetID
    ) -> SegmentManifest.IDRange {
        guard let range else { return SegmentManifest.IDRange(min: id, max: id) }
        return SegmentManifest.IDRange(min: min(range.min, id), max: max(range.max, id))
    }
}
