import Shared
import Testing

@testable import merger

struct RateBucketsTests {
    /// One tweet a minute, minute by minute.
    private func inMinutes(_ report: CoverageReport) -> CoverageReport {
        var report = report
        for place in report.hours.indices {
            report.hours[place].minutes = [[CoverageReport.ZoneSetCount]](
                repeating: [.init(zones: report.zones.map(\.zone), tweets: 1)], count: 60)
        }
        return report
    }

    @Test(arguments: [
        (1, 60_000), (4, 60_000), (5, 120_000), (8, 120_000), (24, 600_000), (240, 3_600_000),
        (241, 7_200_000), (24 * 365, 48 * 3_600_000),
    ])
    func `a bar is as narrow as the number of bars allows`(hours: Int, step: Int) throws {
        let report = inMinutes(try ReportSite("a", hours: hours).report())
        let buckets = RateBuckets(report)
        #expect(buckets.stepMilliseconds == Int64(step))
        #expect(buckets.buckets.count <= ReportLimits.rateBars)
        #expect(buckets.buckets.allSatisfy { $0.rate == 1 })
        #expect(buckets.buckets.reduce(0) { $0 + ($1.tweets ?? 0) } == hours * 60)
    }

    @Test func `without minutes a bar is an hour at least`() throws {
        let buckets = RateBuckets(try ReportSite("a", hours: 2).report())
        #expect(buckets.buckets.map(\.tweets) == [60, 60])
    }

    @Test func `one hour without its minutes makes all bars hours`() throws {
        var report = inMinutes(try ReportSite("a", hours: 2).report())
        report.hours[1].minutes = nil
        #expect(RateBuckets(report).buckets.map(\.tweets) == [60, 60])
    }

    @Test func `an hour without an index is not an hour without tweets`() throws {
        var report = try ReportSite("a", hours: 3).report()
        report.hours.remove(at: 1)
        report.hours[1].tweets = 0
        #expect(RateBuckets(report).buckets.map(\.tweets) == [60, nil, 0])
        #expect(RateBuckets(report).buckets.map(\.rate) == [1, nil, 0])
    }

    @Test func `hours outside the span are not counted`() throws {
        var report = try ReportSite("a", hours: 3).report()
        report.span.to = report.hours[1].hour.end
        #expect(RateBuckets(report).buckets.map(\.tweets) == [60, 60])
    }

    @Test func `the last bar of a span that no step divides is narrower, and its rate is right`()
        throws
    {
        let buckets = RateBuckets(try ReportSite("a", hours: 301).report()).buckets
        #expect(buckets.last?.tweets == 60)
        #expect(buckets.last?.rate == 1)
    }

    @Test(arguments: [true, false])
    func `a span that begins and ends within a minute has all of its tweets`(hasMinutes: Bool)
        throws
    {
        let whole = try ReportSite("a", hours: 2).report()
        var report = hasMinutes ? inMinutes(whole) : whole
        report.span.from = ReportSite.at(milliseconds: 30_000)
        report.span.to = ReportSite.at(milliseconds: 2 * 3_600_000 - 30_000)
        let buckets = RateBuckets(report).buckets
        #expect(buckets.reduce(0) { $0 + ($1.tweets ?? 0) } == 120)
        #expect(buckets.first?.from == report.span.from && buckets.last?.to == report.span.to)
    }

    @Test func `spans of a thousand years are bounded, too`() throws {
        var report = try ReportSite("a", hours: 1).report()
        report.span.to = try #require(Timestamp("3026-11-22T18:00:00Z"))
        let buckets = RateBuckets(report).buckets
        #expect((1...ReportLimits.rateBars).contains(buckets.count))
        #expect(buckets.first?.tweets == 60)
    }

    @Test(arguments: [(0, 1.0), (60, 1), (61, 2), (130, 2.5), (180, 5), (600, 10), (60_001, 2000)])
    func `the scale is a round number that no rate exceeds`(tweets: Int, scale: Double) throws {
        var report = try ReportSite("a", hours: 1).report()
        report.hours[0].tweets = tweets
        #expect(RateBuckets(report).scale == scale)
    }
}

struct TimeAxisTests {
    @Test(arguments: [1, 2, 5, 24, 25, 100, 24 * 30, 24 * 365, 24 * 3653])
    func `marks are few, in order, and on whole steps`(hours: Int) throws {
        let span = try ReportSite("a", hours: hours).span
        let marks = TimeAxis(span).marks
        #expect((2...8).contains(marks.count))
        #expect(Set(marks.map(\.label)).count == marks.count || hours == 24)
        let length = Double(span.to.milliseconds - span.from.milliseconds)
        var last = -1.0
        for mark in marks {
            #expect(mark.place > last && mark.place <= 1)
            last = mark.place
            let time = Double(span.from.milliseconds) + mark.place * length
            #expect(Int64(time.rounded()) % 60_000 == 0)
        }
    }

    @Test func `hours of one day are marked by the clock`() throws {
        let marks = TimeAxis(try ReportSite("a", hours: 4).span).marks
        #expect(marks.map(\.label) == ["18:00", "19:00", "20:00", "21:00", "22:00"])
        #expect(marks.map(\.place) == [0, 0.25, 0.5, 0.75, 1])
    }

    @Test func `an empty span has no marks`() {
        let start = ReportSite.start
        #expect(TimeAxis(.init(from: start, to: start)).marks.isEmpty)
    }
}
