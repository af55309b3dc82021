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
        covered = runs.flatMap(\.covered).map {
            Stretch(from: $0.from, to: $0.to, state: .covered, cause: nil)
        }
        unknown = runs.flatMap(\.unknown) + Self.between(runs) + Self.pipes(manifests)
        gaps = Self.gaps(runs)
        recovered = Self.fillings(runs, manifests, rules)
        selections = runs.sorted { $0.life.from < $1.life.from }.flatMap(\.selections)
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
            manifest.hours.filter { $0.records > 0 }.compactMap { hour in
                guard let ids = manifest.ids else { return nil }
                let span = Interval(
                    from: ids.min.creationTime,
                    to: ids.max.creationTime.advanced(by: .milliseconds(1)))
                return span.clipped(to: Interval(from: hour.hour.start, to: hour.hour.end))
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
            (.backfill, runs.flatMap(\.backfilled)), (.recovery, recoveries(manifests)),
            (.claimed, claims(manifests, .claimed, rules)),
            (.piped, claims(manifests, .piped, rules)),
        ]
        return spans.flatMap { kind, spans in
            spans.map {
                Stretch(from: $0.from, to: $0.to, state: .recovered, cause: nil, filledBy: kind)
            }
        }
    }

    /// What was asked for and came to its end. The server counts in tweet time, so that nothing is
    /// to be corrected.
    private static func recoveries(_ manifests: [SegmentManifest]) -> [Interval] {
        manifests.flatMap(\.connections).filter {
            $0.kind == .recovery && $0.cause == SegmentManifest.Cause.recovered
        }.compactMap(\.covers).map { Interval(from: $0.first, to: $0.last) }
    }

    /// What foreign files stand for. Posts come out of order by as much as they come late, so the
    /// first and the last moments of a file are in doubt; two that follow each other within that
    /// time are one.
    private static func claims(
        _ manifests: [SegmentManifest], _ kind: ConnectionKind, _ rules: CoverageRules
    ) -> [Interval] {
        let claims = manifests.flatMap(\.connections).filter { $0.kind == kind }
            .compactMap(\.covers).sorted { $0.first < $1.first }
        var joined: [SegmentManifest.ReceivedSpan] = []
        for claim in claims {
            if let last = joined.last, claim.first <= last.last.advanced(by: rules.deliveryLag) {
                joined[joined.count - 1].last = max(last.last, claim.last)
            } else {
                joined.append(claim)
            }
        }
        return joined.map { claim in
            Interval(
                from: claim.first.advanced(by: rules.deliveryLag),
                to: claim.last.advanced(by: .zero - rules.deliveryLag))
        }.filter { !$0.isEmpty }
    }
}
