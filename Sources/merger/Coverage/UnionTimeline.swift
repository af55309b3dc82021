import Shared

/// What at least one zone was connected to.
struct UnionTimeline {
    typealias Stretch = CoverageReport.Stretch

    /// In order, without holes, from the first to the last moment of the span; without causes, which
    /// differ by zone.
    private(set) var stretches: [Stretch] = []
    /// How long exactly 0, 1, … zones were connected.
    private(set) var msByZoneCount: [Int64]
    private let timelines: [ZoneTimeline]

    /// More are counted and not told: a gap of a day may have thousands.
    private static let causesMax = 3
    private static let millisecondsPerSecond: Int64 = 1000

    /// - Parameter timelines: of the same span.
    init(_ timelines: [ZoneTimeline], in span: CoverageReport.Interval) {
        self.timelines = timelines
        msByZoneCount = Array(repeating: 0, count: timelines.count + 1)
        let cuts = Set(timelines.flatMap(\.stretches).map(\.from) + [span.from, span.to]).sorted()
        var places = Array(repeating: 0, count: timelines.count)
        for (from, to) in zip(cuts, cuts.dropFirst()) {
            var states: [CoverageReport.State] = []
            for (zone, timeline) in timelines.enumerated() {
                while timeline.stretches[places[zone]].to <= from { places[zone] += 1 }
                states.append(timeline.stretches[places[zone]].state)
            }
            msByZoneCount[states.count { $0 == .covered }] += to.milliseconds - from.milliseconds
            append(Self.best(of: states), from, to)
        }
    }

    private static func best(of states: [CoverageReport.State]) -> CoverageReport.State {
        let order: [CoverageReport.State] = [.covered, .recovered, .unknown]
        return order.first { states.contains($0) } ?? .gap
    }

    private mutating func append(
        _ state: CoverageReport.State, _ from: Timestamp, _ to: Timestamp
    ) {
        if stretches.last?.state == state {
            stretches[stretches.count - 1].to = to
        } else {
            stretches.append(Stretch(from: from, to: to, state: state))
        }
    }

    // MARK: Gaps

    /// What neither was connected nor is recovered, in spans as long as possible.
    ///
    /// X counts whole seconds, so each begins and ends with one.
    func gaps() -> [CoverageReport.Gap] {
        var spans: [(interval: CoverageReport.Interval, isUnknown: Bool)] = []
        for stretch in stretches where stretch.state == .gap || stretch.state == .unknown {
            let isUnknown = stretch.state == .unknown
            if let last = spans.last, last.interval.to == stretch.from {
                spans[spans.count - 1].interval.to = stretch.to
                spans[spans.count - 1].isUnknown = last.isUnknown && isUnknown
            } else {
                spans.append(
                    (CoverageReport.Interval(from: stretch.from, to: stretch.to), isUnknown))
            }
        }
        return spans.map { span, isUnknown in
            CoverageReport.Gap(
                startTime: Self.second(of: span.from, isRoundedUp: false),
                endTime: Self.second(of: span.to, isRoundedUp: true),
                milliseconds: span.milliseconds, isUnknown: isUnknown,
                causes: causes(in: span))
        }
    }

    private static func second(of time: Timestamp, isRoundedUp: Bool) -> Timestamp {
        let rest = time.milliseconds % millisecondsPerSecond
        let up = isRoundedUp && rest > 0 ? millisecondsPerSecond : 0
        return Timestamp(milliseconds: time.milliseconds - rest + up)
    }

    private func causes(in span: CoverageReport.Interval) -> [String: String] {
        timelines.reduce(into: [:]) { causes, timeline in
            var found: [String] = []
            for cause in timeline.stretches(in: span).compactMap(\.cause)
            where !found.contains(cause) {
                found.append(cause)
            }
            let more = found.count - Self.causesMax
            let words = found.prefix(Self.causesMax) + (more > 0 ? ["\(more) more"] : [])
            causes[timeline.zone.name] = words.joined(separator: "; ")
        }
    }
}
