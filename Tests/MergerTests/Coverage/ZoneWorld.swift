import Shared
import TestSupport

@testable import merger

/// Manifests of one zone, of which only what coverage asks for is filled in. Times are in
/// milliseconds since the hour of ``SmallWorld`` began, by the listener's clock.
struct ZoneWorld {
    static let zone = SampleStream.zone("a")

    /// One run of a listener; each segment begins where the one before ended.
    struct Run {
        var instance: Character
        var sequence = 0
        var manifests: [SegmentManifest] = []
        var clock = SegmentManifest.ClockFacts(offsetMs: 0, basis: .dateHeader)
        var selection: String? = "s"
        var kind = "x-filtered"

        init(_ instance: Character = "1") {
            self.instance = instance
        }

        /// Adds a segment with pieces of connections.
        ///
        /// - Parameter posts: when they were made, by the server's clock, ascending.
        mutating func segment(
            _ first: Int64, _ last: Int64, _ connections: SegmentManifest.ConnectionFacts...,
            posts: [Int64] = []
        ) {
            var manifest = ZoneWorld.manifest(
                instance, sequence, first, last, connections, clock, selection, kind)
            manifest.hold(posts.map { ZoneWorld.time($0) })
            manifests.append(manifest)
            sequence += 1
        }
    }

    static func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: SmallWorld.hour.start.milliseconds + milliseconds)
    }

    static func interval(_ from: Int64, _ to: Int64) -> CoverageReport.Interval {
        CoverageReport.Interval(from: time(from), to: time(to))
    }

    /// - Parameters:
    ///   - cause: nil for a piece that goes on.
    ///   - covers: from, to.
    static func live(
        _ id: String, _ from: Int64, _ to: Int64, _ cause: String? = nil,
        kind: ConnectionKind = .live, covers: (Int64, Int64)? = nil
    ) -> SegmentManifest.ConnectionFacts {
        SegmentManifest.ConnectionFacts(
            id: id, from: time(from), to: time(to), kind: kind,
            covers: covers.map {
                SegmentManifest.ReceivedSpan(first: time($0.0), last: time($0.1))
            }, cause: cause)
    }

    private static func manifest(
        _ instance: Character, _ sequence: Int, _ first: Int64, _ last: Int64,
        _ connections: [SegmentManifest.ConnectionFacts], _ clock: SegmentManifest.ClockFacts,
        _ selection: String?, _ kind: String
    ) -> SegmentManifest {
        let hex = String(repeating: instance, count: ListenerInstance.digitCount)
        guard let instance = ListenerInstance(hex: hex) else {
            preconditionFailure("\(instance) is no hexadecimal digit")
        }
        return SegmentManifest(
            stream: "default", zone: zone, instance: instance, sequence: sequence,
            software: "world/1", object: nil,
            raw: SegmentManifest.RawFacts(bytes: 0, sha256: ContentDigest(of: [])), lines: 0,
            records: 0, notices: 0, unreadable: 0, overlong: nil, ids: nil, hours: [],
            received: SegmentManifest.ReceivedSpan(first: time(first), last: time(last)),
            clock: clock, arrivals: [], connections: connections, members: [], salvage: nil,
            source: SegmentManifest.SourceFacts(kind: kind, selection: selection))
    }

    /// The stretches of a span of 1000 seconds, as texts: `from-to state cause`, in milliseconds.
    static func stretches(
        _ manifests: [SegmentManifest], lag: Int64 = 0, span: (Int64, Int64) = (0, 1_000_000)
    ) -> [String] {
        let rules = CoverageRules(deliveryLag: .milliseconds(lag))
        let timeline = ZoneTimeline(
            zone, manifests, in: interval(span.0, span.1), rules: rules)
        return timeline.stretches.map { text($0) }
    }

    static func text(_ stretch: CoverageReport.Stretch) -> String {
        let start = SmallWorld.hour.start.milliseconds
        let words = [
            "\(stretch.from.milliseconds - start)-\(stretch.to.milliseconds - start)",
            stretch.state.rawValue, stretch.filledBy.map { "by \($0)" }, stretch.cause,
        ]
        return words.compactMap { $0 }.joined(separator: " ")
    }
}

extension SegmentManifest {
    /// - Parameter times: when its posts were made, ascending.
    fileprivate mutating func hold(_ times: [Timestamp]) {
        let posts = times.compactMap { TweetID(WorldTime.id(at: $0.milliseconds)) }
        guard let first = posts.first, let last = posts.last else { return }
        (lines, records) = (posts.count, posts.count)
        ids = IDRange(min: first, max: last)
        hours = Dictionary(grouping: posts, by: \.partition).sorted { $0.key < $1.key }.map {
            HourFacts(hour: $0.key, records: $0.value.count, notices: 0)
        }
    }
}
