import Shared

/// What one zone was connected to at every moment of a span of tweet time.
struct ZoneTimeline {
    typealias Stretch = CoverageReport.Stretch
    typealias Interval = CoverageReport.Interval

    let zone: Zone
    let span: Interval
    /// In order, without holes, from the first to the last moment of the span; neighbours differ.
    let stretches: [Stretch]
    /// What its listeners asked for, from which moment on; in order, neighbours differ.
    let selections: [Selection]

    struct Selection: Equatable {
        var from: Timestamp
        /// Nil where it is not known.
        var selection: String?
    }

    /// - Parameter manifests: of this zone, in any order; also those before and after the span, since
    ///   they tell whether one is missing, and why nothing was connected.
    init(
        _ zone: Zone, _ manifests: [SegmentManifest], in span: Interval,
        rules: CoverageRules = CoverageRules()
    ) {
        let history = ZoneHistory(manifests, rules: rules)
        self.zone = zone
        self.span = span
        selections = history.selections
        var canvas = StretchCanvas(span, .gap, cause: history.firstCause)
        canvas.paint(history.gaps)
        canvas.paint(history.unknown)
        canvas.fill(history.recovered)
        canvas.paint(history.covered)
        stretches = canvas.stretches
    }

    /// The stretch that a moment lies in; nil outside of the span.
    func stretch(at time: Timestamp) -> Stretch? {
        guard let index = Self.last(of: stretches, notAfter: time, \.from) else { return nil }
        return time < stretches[index].to ? stretches[index] : nil
    }

    /// What was asked for at a moment; before all of them what was asked for first.
    func selection(at time: Timestamp) -> String? {
        guard let first = selections.first else { return nil }
        let index = Self.last(of: selections, notAfter: time, \.from)
        return index.map { selections[$0].selection } ?? first.selection
    }

    /// - Parameter elements: ascending.
    private static func last<Element>(
        of elements: [Element], notAfter time: Timestamp, _ moment: (Element) -> Timestamp
    ) -> Int? {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if moment(elements[middle]) <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}
