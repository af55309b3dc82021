import Shared

extension CoverageReport.Interval {
    /// Before and after all that a store may hold.
    static let always = Self(
        from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 253_402_300_799_999))

    init(_ span: SegmentManifest.ReceivedSpan) {
        self.init(from: span.first, to: span.last)
    }

    var isEmpty: Bool { to <= from }

    /// 0 where it is empty.
    var milliseconds: Int64 { max(0, to.milliseconds - from.milliseconds) }

    func contains(_ time: Timestamp) -> Bool { from <= time && time < to }

    /// Nil where nothing is left.
    func clipped(to other: Self) -> Self? {
        let part = Self(from: max(from, other.from), to: min(to, other.to))
        return part.isEmpty ? nil : part
    }
}

extension CoverageReport.Stretch {
    var interval: CoverageReport.Interval { CoverageReport.Interval(from: from, to: to) }

    var milliseconds: Int64 { interval.milliseconds }
}
