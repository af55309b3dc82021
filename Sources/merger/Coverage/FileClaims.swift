import Shared

/// What foreign files stand for.
///
/// A file may have holes, and ids that are damaged or say no time, so it claims nothing but hours of
/// which it has posts.
struct FileClaims {
    typealias Interval = CoverageReport.Interval

    /// A span without holes, and which file it ends with.
    private struct Piece {
        var file: Int
        var interval: Interval
    }

    private let pieces: [Piece]

    /// - Parameter manifests: of one zone.
    init(_ manifests: [SegmentManifest], _ kind: ConnectionKind) {
        pieces = manifests.enumerated().flatMap { file, manifest in
            Self.intervals(manifest, kind).map { Piece(file: file, interval: $0) }
        }.sorted { left, right in
            let (left, right) = (left.interval, right.interval)
            return (left.from, left.to) < (right.from, right.to)
        }
    }

    /// Posts come out of order by as much as they come late, so the first and the last moments of a
    /// piece are in doubt. Two files that follow each other within that time are one; two pieces of a
    /// file are not, since something is lost between them.
    func recovered(_ rules: CoverageRules) -> [Interval] {
        var joined: [Piece] = []
        for piece in pieces {
            guard let last = joined.last, last.file != piece.file,
                piece.interval.from <= last.interval.to.advanced(by: rules.deliveryLag)
            else {
                joined.append(piece)
                continue
            }
            guard last.interval.to < piece.interval.to else { continue }
            joined[joined.count - 1] = Piece(
                file: piece.file,
                interval: Interval(from: last.interval.from, to: piece.interval.to))
        }
        return joined.map(\.interval).map { interval in
            Interval(
                from: interval.from.advanced(by: rules.deliveryLag),
                to: interval.to.advanced(by: .zero - rules.deliveryLag))
        }.filter { !$0.isEmpty }
    }

    /// Ascending.
    private static func intervals(
        _ manifest: SegmentManifest, _ kind: ConnectionKind
    ) -> [Interval] {
        let claims = ordered(
            manifest.connections.filter { $0.kind == kind }.compactMap(\.covers).map {
                Interval($0)
            })
        let hours = manifest.hoursWithPosts
        var place = 0
        return claims.flatMap { claim in
            while place < hours.count, hours[place].to <= claim.from { place += 1 }
            return hours[place...].prefix { $0.from < claim.to }.compactMap(claim.clipped)
        }
    }

    /// What is lost between two pieces was made between their posts, if the file is in order. Where
    /// pieces overlap it is not, so a piece counts for what lies behind all before it and ahead of all
    /// behind it.
    private static func ordered(_ claims: [Interval]) -> [Interval] {
        var ordered = claims
        var first: Timestamp?
        for (index, claim) in claims.enumerated().reversed() {
            ordered[index].to = min(claim.to, first ?? claim.to)
            first = min(claim.from, first ?? claim.from)
        }
        var last: Timestamp?
        for (index, claim) in claims.enumerated() {
            ordered[index].from = max(claim.from, last ?? claim.from)
            last = max(claim.to, last ?? claim.to)
        }
        return ordered.filter { !$0.isEmpty }
    }
}

extension SegmentManifest {
    /// Spans of hours that follow each other and have posts whose ids say a time.
    var hoursWithPosts: [CoverageReport.Interval] {
        var spans: [CoverageReport.Interval] = []
        for hour in hours where hour.records > 0 && hour.hour != TweetID.timelessPartition {
            if let last = spans.indices.last, spans[last].to == hour.hour.start {
                spans[last].to = hour.hour.end
            } else {
                spans.append(
                    CoverageReport.Interval(from: hour.hour.start, to: hour.hour.end))
            }
        }
        return spans
    }
}
