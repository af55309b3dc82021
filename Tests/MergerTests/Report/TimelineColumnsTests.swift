import Shared
import TestSupport
import Testing

@testable import merger

struct TimelineColumnsTests {
    private typealias Run = TimelineColumns.Run
    private let columns = ReportLimits.timelineColumns

    /// Two hours: a column is 12 s.
    private func runs(
        _ pieces: [(Range<Int64>, CoverageReport.State, String?)]
    ) throws -> [TimelineColumns.Run] {
        let site = try ReportSite("a")
        return TimelineColumns(site.stretches(pieces), span: site.span).runs
    }

    @Test func `what is covered throughout is one run`() throws {
        #expect(try runs([]) == [Run(state: .covered, columns: 0..<columns)])
    }

    @Test func `a gap of a millisecond is a column of its own`() throws {
        #expect(
            try runs([(12_500..<12_501, .gap, nil)]) == [
                Run(state: .covered, columns: 0..<1), Run(state: .gap, columns: 1..<2),
                Run(state: .covered, columns: 2..<columns),
            ])
    }

    @Test func `a column shows the worst that touches it`() throws {
        let pieces: [(Range<Int64>, CoverageReport.State, String?)] = [
            (0..<3000, .recovered, nil), (3000..<4000, .unknown, nil), (12_000..<13_000, .gap, nil),
            (13_000..<23_000, .unknown, nil), (24_000..<25_000, .recovered, nil),
        ]
        #expect(
            try runs(pieces).prefix(3) == [
                Run(state: .unknown, columns: 0..<1), Run(state: .gap, columns: 1..<2),
                Run(state: .recovered, columns: 2..<3),
            ])
    }

    @Test func `stretches on the edges of columns stay within them`() throws {
        #expect(
            try runs([(12_000..<24_000, .gap, nil)]) == [
                Run(state: .covered, columns: 0..<1), Run(state: .gap, columns: 1..<2),
                Run(state: .covered, columns: 2..<columns),
            ])
    }

    @Test(arguments: 1...20)
    func `runs fill all columns, are as many as they differ, and hide no gap`(seed: Int) throws {
        var dice = SplitMix64(seed: UInt64(seed))
        let length = Int64(7_200_000)
        let cuts = (0..<4000).map { _ in Int64.random(in: 0...length, using: &dice) }.sorted()
        let pieces = zip(cuts, cuts.dropFirst()).filter(<).enumerated().map {
            place, cut -> (Range<Int64>, CoverageReport.State, String?) in
            (cut.0..<cut.1, place.isMultiple(of: 7) ? .gap : .covered, nil)
        }
        let found = try runs(pieces)
        #expect(found.first?.columns.lowerBound == 0 && found.last?.columns.upperBound == columns)
        for (left, right) in zip(found, found.dropFirst()) {
            #expect(left.columns.upperBound == right.columns.lowerBound)
            #expect(left.state != right.state)
        }
        let gaps = found.filter { $0.state == .gap }
        for (range, state, _) in pieces where state == .gap {
            let column = Int(range.lowerBound * Int64(columns) / length)
            #expect(gaps.contains { $0.columns.contains(column) })
        }
    }
}
