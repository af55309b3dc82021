import Shared

/// What all manifests of a zone say together: layers of stretches in tweet time, unbounded by any
/// span, each to be seen where those behind it have nothing.
struct ZoneHistory {
    typealias Interval = CoverageReport.Interval
    typealias Stretch = CoverageReport.Stretch

    /// For certain.
    private(set) var covered: [Stretch] = []
    /// By back-fills, recoveries and foreign files.
    private(set) var recovered: [Stretch] = []
    private(set) var unknown: [Stretch] = []
    /// What is left, by the cause of the connection that ended before it.
    private(set) var gaps: [Stretch] = []
    private(set) var selections: [ZoneTimeline.Selection] = []

    /// Why nothing was connected before the first connection ended.
    let firstCause: String

    /// When anything was delivered first; nil where nothing was.
    let delivered: Timestamp?
    /// From when its first listener began to when its last ended; the end of one that was stopped is
    /// that of what it delivered.
    let known: Interval?

    private static let noListener = "no listener"
    private static let noListenerYet = "no listener had connected yet"
    private static let nothingSince = "nothing has come from the zone since"
    private static let pipe = "a pipe, and nobody knows what was at its other end"

    /// Moments that no span reaches.
    private static let beginning = Timestamp(milliseconds: Int64.min / 4)
    private static let end = Timestamp(milliseconds: Int64.max / 4)

    /// - Parameter manifests: of one zone.
    init(_ manifests: [SegmentManifest], rules: CoverageRules) {
        let runs = Self.runs(manifests, rules)
        firstCause = runs.isEmpty ? Self.noListener : Self.noListenerYet
        let pipes = Self.pipes(manifests)
        let fillings = Self.fillings(runs, manifests, rules)
        let delivered = runs.flatMap(\.covered) + (pipes + fillings).map(\.interval)
        let lives = runs.filter { !$0.isStopped }.map(\.life)
        self.delivered = delivered.map(\.from).min()
        let first = (delivered.map(\.from) + runs.map(\.life.from)).min()
        known = first.map { first in
            Interval(from: first, to: (delivered + lives).map(\.to).max() ?? first)
        }
        covered = runs.flatMap(\.covered).map {
            Stretch(from: $0.from, to: $0.to, state: .covered, cause: nil)
        }
        unknown = runs.flatMap(\.unknown) + Self.between(runs) + pipes
        gaps = Self.gaps(runs)
        recovered = fillings
        for selection in runs.flatMap(\.selections).sorted(by: { $0.from < $1.from })
        where selections.isEmpty || selections.last?.selection != selection.selection {
            selections.append(selection)
        }
    }

    private static func runs(
        _ manifests: [SegmentManifest], _ rules: CoverageRules
    ) -> [ListenerRun] {
        var runs: [ListenerInstance: [ListenerRun.Segment]] = [:]
        for manifest in manifests {
            let name = manifest.standsFor?.name ?? manifest.name
            runs[name.instance, default: []].append(
                ListenerRun.Segment(
                    sequence: name.sequence, manifest: manifest,
                    isOpaque: manifest.clock.basis == .content))
        }
        return runs.values.filter { segments in
            let connections = segments.flatMap(\.manifest.connections)
            return connections.isEmpty || connections.contains(where: \.isLive)
        }.map { ListenerRun($0, rules: rules) }
    }

    // MARK: Unknown

    /// What is not known before, between and after runs.
    private static func between(_ runs: [ListenerRun]) -> [Stretch] {
        let last = runs.map(\.life.to).max()
        return runs.flatMap { run in
            var stretches: [Stretch] = []
            if let missing = run.unknownUntil {
                let before = runs.filter { $0.life.from < run.life.from }.map(\.life.to).max()
                stretches.append(unknown(before ?? beginning, missing.to, missing.cause))
            }
            let next = runs.filter { $0.life.to > run.life.to }.map(\.life.from).min() ?? end
            if let missing = run.unknownFrom {
                stretches.append(
                    unknown(missing.from, max(run.life.to, next), missing.cause))
            } else if run.life.to == last, !run.isStopped {
                stretches.append(unknown(run.life.to, end, nothingSince))
            }
            return stretches
        }
    }

    private static func unknown(_ from: Timestamp, _ to: Timestamp, _ cause: String) -> Stretch {
        Stretch(from: from, to: to, state: .unknown, cause: cause)
    }

    /// A pipe says when lines came, and not when they were made: the hours of its records are those
    /// of which something is there, and how much, nobody knows.
    private static func pipes(_ manifests: [SegmentManifest]) -> [Stretch] {
        manifests.filter { manifest in
            manifest.connections.contains { $0.kind == .piped && $0.covers == nil }
        }.flatMap { manifest in
            manifest.hoursWithPosts.compactMap { hours in
                guard let ids = manifest.ids else { return nil }
                let span = Interval(
                    from: ids.min.creationTime,
                    to: ids.max.creationTime.advanced(by: .milliseconds(1)))
                return span.clipped(to: hours)
            }.map { (span: Interval) in unknown(span.from, span.to, pipe) }
        }
    }

    // MARK: Gaps

    private static func gaps(_ runs: [ListenerRun]) -> [Stretch] {
        let ends = runs.flatMap(\.ends).sorted { $0.at < $1.at }
        return zip(ends, ends.dropFirst().map(\.at) + [end]).map { from, to in
            Stretch(from: from.at, to: to, state: .gap, cause: from.cause)
        }
    }

    // MARK: Recovered

    private static func fillings(
        _ runs: [ListenerRun], _ manifests: [SegmentManifest], _ rules: CoverageRules
    ) -> [Stretch] {
        let spans: [(ConnectionKind, [Interval])] = [
            (.backfill, runs.flatMap(\.backfilled)),
            // The server counts in tweet time, so that nothing is to be corrected.
            (.recovery, manifests.compactMap(\.recovered).map { Interval($0) }),
            (.claimed, FileClaims(manifests, .claimed).recovered(rules)),
            (.piped, FileClaims(manifests, .piped).recovered(rules)),
        ]
        return spans.flatMap { kind, spans in
            spans.map {
                Stretch(from: $0.from, to: $0.to, state: .recovered, cause: nil, filledBy: kind)
            }
        }
    }
}
