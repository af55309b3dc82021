import Shared

/// The moments of one hour, cut where the connections of any zone change, and at every minute.
struct CoverageGrid {
    struct Cell {
        var interval: CoverageReport.Interval
        /// From 0 within the hour.
        var minute: Int
        /// Bits of the zones that are covered.
        var connected: UInt64
        /// Bits of the zones that are recovered.
        var recovered: UInt64
        /// For each zone, the bits of the zones that asked for the same, its own among them.
        var peers: [UInt64]
    }

    let hour: Partition
    /// In order, without holes, over the whole hour.
    private(set) var cells: [Cell] = []

    static let minutes = 60

    /// - Parameter timelines: in the order of their bits. Where they do not reach nothing is covered.
    init(_ hour: Partition, _ timelines: [ZoneTimeline]) {
        self.hour = hour
        let span = CoverageReport.Interval(from: hour.start, to: hour.end)
        let minute = span.milliseconds / Int64(Self.minutes)
        var cuts = Set((0...Int64(Self.minutes)).map { hour.start.milliseconds + $0 * minute })
        for timeline in timelines {
            for time in timeline.changes(in: span) { cuts.insert(time.milliseconds) }
        }
        let times = cuts.sorted()
        for (from, to) in zip(times, times.dropFirst()) {
            let start = Timestamp(milliseconds: from)
            cells.append(
                Cell(
                    interval: CoverageReport.Interval(
                        from: start, to: Timestamp(milliseconds: to)),
                    minute: Int((from - times[0]) / minute),
                    connected: Self.zones(timelines, at: start, .covered),
                    recovered: Self.zones(timelines, at: start, .recovered),
                    peers: Self.peers(timelines, at: start)))
        }
    }

    private static func zones(
        _ timelines: [ZoneTimeline], at time: Timestamp, _ state: CoverageReport.State
    ) -> UInt64 {
        timelines.enumerated().reduce(0) { bits, zone in
            zone.element.stretch(at: time)?.state == state ? bits | 1 << UInt64(zone.offset) : bits
        }
    }

    private static func peers(_ timelines: [ZoneTimeline], at time: Timestamp) -> [UInt64] {
        let selections = timelines.map { $0.selection(at: time) }
        return selections.map { own in
            selections.enumerated().reduce(0) { bits, zone in
                zone.element == own ? bits | 1 << UInt64(zone.offset) : bits
            }
        }
    }
}
