import Shared

/// Stretches that tile a span without holes, and are painted over.
struct StretchCanvas {
    typealias Stretch = CoverageReport.Stretch

    /// In order, from the first to the last moment of the span; neighbours differ. None where the
    /// span is empty.
    private(set) var stretches: [Stretch]
    private let span: CoverageReport.Interval

    init(_ span: CoverageReport.Interval, _ state: CoverageReport.State, cause: String?) {
        self.span = span
        stretches =
            span.isEmpty
            ? [] : [Stretch(from: span.from, to: span.to, state: state, cause: cause)]
    }

    /// Paints stretches over what is there, in any order; of two that overlap the one that begins
    /// first is seen.
    mutating func paint(_ layer: [Stretch]) {
        lay(layer) { _, stretch in stretch }
    }

    /// Paints stretches that keep the causes of what was there.
    mutating func fill(_ layer: [Stretch]) {
        lay(layer) { tile, stretch in
            Stretch(
                from: stretch.from, to: stretch.to, state: stretch.state, cause: tile.cause,
                filledBy: stretch.filledBy)
        }
    }

    /// - Parameter blend: what is seen of a stretch over a tile; its times do not count.
    private mutating func lay(_ layer: [Stretch], _ blend: (Stretch, Stretch) -> Stretch) {
        var painted: [Stretch] = []
        var tiles = stretches[...]
        var layer = disjoint(layer)[...]
        var time = span.from
        while let tile = tiles.first {
            let stretch = layer.first
            let isCovered = stretch.map { $0.from <= time } ?? false
            let end = min(tile.to, stretch.map { isCovered ? $0.to : $0.from } ?? tile.to)
            var seen = tile
            if isCovered, let stretch { seen = blend(tile, stretch) }
            (seen.from, seen.to) = (time, end)
            Self.append(seen, to: &painted)
            time = end
            if tile.to <= time { tiles = tiles.dropFirst() }
            if let stretch, stretch.to <= time { layer = layer.dropFirst() }
        }
        stretches = painted
    }

    private func disjoint(_ layer: [Stretch]) -> [Stretch] {
        var end = span.from
        return layer.sorted { $0.from < $1.from }.compactMap { stretch in
            var stretch = stretch
            stretch.from = max(stretch.from, end)
            stretch.to = min(stretch.to, span.to)
            guard stretch.from < stretch.to else { return nil }
            end = stretch.to
            return stretch
        }
    }

    private static func append(_ tile: Stretch, to stretches: inout [Stretch]) {
        if let last = stretches.last, last.state == tile.state, last.cause == tile.cause,
            last.filledBy == tile.filledBy
        {
            stretches[stretches.count - 1].to = tile.to
        } else if tile.from < tile.to {
            stretches.append(tile)
        }
    }
}
