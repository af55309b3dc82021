import Shared
import Testing

@testable import merger

/// Coverage documents made by hand.
struct ReportSite {
    static let start = Timestamp(milliseconds: 1_795_370_400_000)  // 2026-11-22T18:00:00Z

    var zones: [Zone]
    var hours: Int

    init(_ zones: String..., hours: Int = 2) throws {
        try self.init(zones: zones, hours: hours)
    }

    init(zones: [String], hours: Int) throws {
        self.zones = try zones.map { try #require(Zone($0)) }
        self.hours = hours
    }

    var span: CoverageReport.Interval {
        CoverageReport.Interval(
            from: Self.start,
            to: Self.at(milliseconds: Int64(hours) * Timestamp.millisecondsPerHour))
    }

    static func at(milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + milliseconds)
    }

    /// Covered but for the pieces given, in milliseconds from the start and in order.
    func stretches(
        _ pieces: [(Range<Int64>, CoverageReport.State, String?)] = []
    ) -> [CoverageReport.Stretch] {
        var stretches: [CoverageReport.Stretch] = []
        var time = span.from
        func add(_ end: Timestamp, _ state: CoverageReport.State, _ cause: String? = nil) {
            guard time < end else { return }
            stretches.append(.init(from: time, to: end, state: state, cause: cause))
            time = end
        }
        for (range, state, cause) in pieces {
            add(Self.at(milliseconds: range.lowerBound), .covered)
            add(Self.at(milliseconds: range.upperBound), state, cause)
        }
        add(span.to, .covered)
        return stretches
    }

    func zone(
        _ zone: Zone, _ stretches: [CoverageReport.Stretch], tweets: Int = 100
    ) -> CoverageReport.ZoneCoverage {
        func time(_ state: CoverageReport.State) -> Int64 {
            stretches.filter { $0.state == state }.reduce(0) { $0 + $1.milliseconds }
        }
        return .init(
            zone: zone, stretches: stretches, coveredMs: time(.covered),
            recoveredMs: time(.recovered), gapMs: time(.gap), unknownMs: time(.unknown),
            tweets: tweets, lacks: 0, onlyHere: 0, exposed: tweets, undelivered: 0,
            otherSelection: 0)
    }

    /// Where all zones were connected all the time and saw the same.
    func report() throws -> CoverageReport {
        let hour = Partition(containing: Self.start).hoursSince1970
        let length = span.to.milliseconds - span.from.milliseconds
        let counts = (0..<hours).map { place in
            CoverageReport.HourCounts(
                hour: Partition(hoursSince1970: hour + Int64(place)), tweets: 60,
                sets: [.init(zones: zones, tweets: 60)])
        }
        return CoverageReport(
            software: "tributary-merger/1", stream: "spring", span: span,
            rules: .init(
                deliveryLagMs: 7_000, checkedClockDoubtMs: 1_000, uncheckedClockDoubtMs: 60_000),
            inputs: .init(
                manifests: 24, indexes: hours, notMerged: 0, problems: [],
                sha256: ContentDigest(of: [1, 2, 3])),
            zones: zones.map { zone($0, stretches(), tweets: hours * 60) },
            union: .init(
                stretches: stretches(), coveredMs: length, recoveredMs: 0, gapMs: 0, unknownMs: 0,
                percent: 100,
                msByZoneCount: [Int64](repeating: 0, count: zones.count) + [length], gaps: []),
            sets: [.init(zones: zones, tweets: hours * 60)],
            hours: counts,
            selections: zones.map { .init(zone: $0, from: span.from, selection: nil) },
            ledger: Ledger(
                lines: hours * 60 * zones.count, canonical: hours * 60,
                duplicates: hours * 60 * (zones.count - 1)),
            divergentTweets: 0, deletedTweets: 0)
    }
}

extension ReportPage {
    var text: String { String(decoding: html, as: UTF8.self) }
}
