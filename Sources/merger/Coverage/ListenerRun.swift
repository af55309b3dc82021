import Shared

/// What the manifests of one run of a listener say of its connections to the live stream, in tweet
/// time.
struct ListenerRun {
    typealias Interval = CoverageReport.Interval
    typealias Stretch = CoverageReport.Stretch

    /// A segment in its place of the run.
    struct Segment {
        /// From 0, without holes within the run.
        var sequence: Int
        var manifest: SegmentManifest
        /// Whether the listener's own manifest is missing, and this one says nothing of connections.
        var isOpaque: Bool
        var clock = CoverageRules.Correction(offset: .zero, doubt: .zero)

        var first: Timestamp { corrected(manifest.received.first) }
        var last: Timestamp { corrected(manifest.received.last) }

        func corrected(_ time: Timestamp) -> Timestamp { time.advanced(by: clock.offset) }

        fileprivate var isContinued: Bool {
            manifest.connections.contains { $0.isLive && $0.from == manifest.received.first }
        }

        /// The first moment of which it is known what was connected.
        fileprivate var knownFrom: Timestamp {
            isContinued ? first.advanced(by: clock.doubt) : first
        }
    }

    /// A connection while its pieces are put together.
    private struct Connection {
        var id: String
        var from: Timestamp
        var to: Timestamp
        var doubt: Duration
        /// The post time that it began with, if it began with a back-fill.
        var backfill: Interval?
        /// Whether that back-fill is known to be over: older posts come first.
        var isBackfilled = false

        /// Up to which moment posts were delivered for certain.
        func coveredTo(_ rules: CoverageRules) -> Timestamp {
            to.advanced(by: .zero - rules.deliveryLag - doubt)
        }
    }

    /// From its first moment to its last.
    private(set) var life: Interval
    private(set) var covered: [Interval] = []
    private(set) var backfilled: [Interval] = []
    /// Where manifests are missing in between.
    private(set) var unknown: [Stretch] = []
    /// From when on nothing is connected, and why.
    private(set) var ends: [(at: Timestamp, cause: String)] = []
    /// Manifests are missing from its beginning to this moment.
    private(set) var unknownUntil: (to: Timestamp, cause: String)?
    /// Manifests are missing behind this moment: a connection was open at the end of the last one.
    private(set) var unknownFrom: (from: Timestamp, cause: String)?
    /// Whether its last connection ended because the listener did.
    private(set) var isStopped = false
    private(set) var selections: [ZoneTimeline.Selection] = []

    private let rules: CoverageRules
    private var open: Connection?

    static let noRoom = "its disk had no room"
    static let notRecorded = "its end was not recorded"

    /// - Parameter segments: not empty, in any order.
    init(_ segments: [Segment], rules: CoverageRules) {
        self.rules = rules
        let segments = Self.withClocks(segments.sorted { $0.sequence < $1.sequence })
        life = Interval(
            from: segments.map(\.first).min() ?? TweetID.epoch,
            to: segments.map(\.last).max() ?? TweetID.epoch)
        begin(segments)
        var previous: Segment?
        for segment in segments where !segment.isOpaque {
            if let previous { bridge(previous, segment) }
            take(segment)
            previous = segment
        }
        end(segments, behind: previous)
    }

    /// A clock that was not compared yet is the one that was compared later, or before.
    private static func withClocks(_ segments: [Segment]) -> [Segment] {
        let checked = segments.map(\.manifest.clock).map { $0.basis == .dateHeader ? $0 : nil }
        let later = Array(filled(checked.reversed()).reversed())
        let earlier = filled(checked)
        return segments.enumerated().map { index, segment in
            var segment = segment
            segment.clock = CoverageRules.correction(
                later[index] ?? earlier[index] ?? segment.manifest.clock)
            return segment
        }
    }

    /// Each missing element is the last one before it.
    private static func filled<Element>(_ elements: [Element?]) -> [Element?] {
        var last: Element?
        return elements.map { element in
            last = element ?? last
            return last
        }
    }

    // MARK: Between segments

    private mutating func begin(_ segments: [Segment]) {
        guard let first = segments.first, let known = segments.first(where: { !$0.isOpaque }) else {
            unknown = [missing(life, segments.first?.sequence ?? 0, segments.last?.sequence ?? 0)]
            unknownFrom = (life.to, unknown.first?.cause ?? "")
            return
        }
        guard known.sequence > 0 else { return }
        let gap = missing(
            Interval(from: first.first, to: known.knownFrom), 0, known.sequence - 1)
        if first.sequence == 0 {
            unknown.append(gap)
        } else {
            unknownUntil = (gap.to, gap.cause ?? "")
        }
    }

    private mutating func bridge(_ previous: Segment, _ next: Segment) {
        if next.sequence == previous.sequence + 1 {
            guard next.manifest.received.first > previous.manifest.received.last else { return }
            close(cause: Self.noRoom)
            ends.append((previous.last, Self.noRoom))
            return
        }
        let from = open?.coveredTo(rules) ?? previous.last
        unknown.append(
            missing(
                Interval(from: from, to: next.knownFrom), previous.sequence + 1, next.sequence - 1))
        close(cause: Self.notRecorded)
    }

    private mutating func end(_ segments: [Segment], behind known: Segment?) {
        guard let known, let last = segments.last else { return }
        if open != nil || last.isOpaque {
            let from = open?.coveredTo(rules) ?? known.last
            unknownFrom = (
                from,
                missing(life, known.sequence + 1, max(known.sequence + 1, last.sequence)).cause
                    ?? ""
            )
            close(cause: Self.notRecorded)
        }
    }

    private func missing(_ span: Interval, _ first: Int, _ last: Int) -> Stretch {
        let what = first == last ? "the manifest \(first)" : "the manifests \(first) to \(last)"
        return Stretch(
            from: span.from, to: span.to, state: .unknown,
            cause: "\(what) of a listener \(first == last ? "is" : "are") missing")
    }

    // MARK: Within a segment

    private mutating func take(_ segment: Segment) {
        let selection = segment.manifest.source.selection
        if selections.isEmpty || selections.last?.selection != selection {
            selections.append(ZoneTimeline.Selection(from: segment.first, selection: selection))
        }
        let pieces = segment.manifest.connections.filter(\.isLive).sorted { $0.from < $1.from }
        if let open, !pieces.contains(where: { $0.id == open.id }) {
            close(cause: Self.notRecorded)
        }
        for piece in pieces { take(piece, of: segment) }
    }

    private mutating func take(_ piece: SegmentManifest.ConnectionFacts, of segment: Segment) {
        let received = segment.manifest.received
        let from = segment.corrected(min(max(piece.from, received.first), received.last))
        let to = max(from, segment.corrected(min(piece.to, received.last)))
        if open?.id == piece.id {
            open?.to = to
            open?.doubt = segment.clock.doubt
        } else {
            close(cause: Self.notRecorded)
            open = Connection(
                id: piece.id, from: from.advanced(by: segment.clock.doubt), to: to,
                doubt: segment.clock.doubt, backfill: backfill(of: piece, segment))
        }
        if open?.isBackfilled == false, isOver(piece, of: segment) { open?.isBackfilled = true }
        if let cause = piece.cause {
            close(cause: cause)
            isStopped = cause == SegmentManifest.Cause.stopped
        }
    }

    private func backfill(
        of piece: SegmentManifest.ConnectionFacts, _ segment: Segment
    ) -> Interval? {
        guard piece.kind == .backfill, let covers = piece.covers else { return nil }
        return Interval(
            from: segment.corrected(covers.first).advanced(by: segment.clock.doubt),
            to: segment.corrected(covers.last).advanced(by: segment.clock.doubt))
    }

    /// Whether the open connection brought a post that is newer than itself in this segment, or had
    /// nothing to bring.
    private func isOver(
        _ piece: SegmentManifest.ConnectionFacts, of segment: Segment
    ) -> Bool {
        guard let open else { return false }
        let manifest = segment.manifest
        if manifest.lines == 0 {
            return piece.from.duration(to: piece.to) >= CoverageRules.quietBackfill
        }
        // The newest post of the segment may have come with a later connection.
        let isLast = !manifest.connections.contains {
            $0.isLive && $0.id != piece.id && $0.from >= piece.from
        }
        return isLast && manifest.ids.map { $0.max.creationTime >= open.from } == true
    }

    private mutating func close(cause: String) {
        guard let connection = open else { return }
        open = nil
        isStopped = false
        let end = connection.coveredTo(rules)
        if connection.from < end, connection.backfill == nil || connection.isBackfilled {
            covered.append(Interval(from: connection.from, to: end))
            if let backfill = connection.backfill { backfilled.append(backfill) }
        }
        ends.append((max(connection.from, end), cause))
    }
}

extension SegmentManifest.ConnectionFacts {
    /// Whether it delivered posts as they were made, whatever it began with.
    var isLive: Bool { kind == .live || kind == .backfill }
}
