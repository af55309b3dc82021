import Shared
import TestSupport
import Testing

@testable import merger

struct ReportPageTests {
    @Test func `the same document gives the same bytes`() throws {
        let report = try ReportSite("a", "b").report()
        #expect(ReportPage(report: report).html == ReportPage(report: report).html)
    }

    @Test func `nothing that a store says becomes markup`() throws {
        let hostile = "</title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\u{202E}"
        let site = try ReportSite("a", "b")
        var report = try site.report()
        let gap: Range<Int64> = 60_000..<120_000
        report.stream = hostile
        report.software = hostile
        report.estimateRefusal = hostile
        report.zones[0] = site.zone(site.zones[0], site.stretches([(gap, .gap, hostile)]))
        report.union.stretches = site.stretches([(gap, .gap, hostile)])
        report.union.gaps = [
            .init(
                startTime: ReportSite.at(milliseconds: 60_000),
                endTime: ReportSite.at(milliseconds: 120_000), milliseconds: 60_000,
                isUnknown: false, causes: [hostile: hostile])
        ]
        let text = ReportPage(report: report).text
        #expect(text.contains("&lt;script&gt;"))
        for markup in ["<script", "<img", "</svg><", "\u{202E}"] {
            #expect(!text.contains(markup), "\(markup)")
        }
        let harmless = ReportPage(report: try site.report()).text
        for end in ["</title>", "</svg>", "</h1>"] {
            let count = { (text: String) in text.split(separator: end).count }
            #expect(count(text) == count(harmless))
        }
    }

    @Test func `a long text is cut, whatever it is made of`() throws {
        let site = try ReportSite("a", "b")
        var report = try site.report()
        let cause = String(repeating: "e\u{301}\u{301}", count: 100_000)
        report.zones[0] = site.zone(site.zones[0], site.stretches([(0..<1000, .gap, cause)]))
        #expect(ReportPage(report: report).html.count < 200_000)
    }

    /// Gaps in every other column of every zone, which is the most that can be drawn.
    @Test func `hundreds of gaps of 64 zones are a page of a few megabytes`() throws {
        let columns = ReportLimits.timelineColumns
        let site = try ReportSite(
            zones: (0..<64).map { "zone-with-quite-a-long-name-\($0)" }, hours: columns)
        var report = try site.report()
        let hour = Timestamp.millisecondsPerHour
        let pieces = stride(from: 0, to: Int64(columns), by: 2).map {
            ($0 * hour..<($0 + 1) * hour, CoverageReport.State.gap, "cause \($0)")
                as (Range<Int64>, CoverageReport.State, String?)
        }
        let stretches = site.stretches(pieces)
        report.zones = site.zones.map { site.zone($0, stretches) }
        report.union.stretches = stretches
        report.union.gaps = pieces.map { range, _, _ in
            .init(
                startTime: ReportSite.at(milliseconds: range.lowerBound),
                endTime: ReportSite.at(milliseconds: range.upperBound),
                milliseconds: range.upperBound - range.lowerBound, isUnknown: false,
                causes: Dictionary(uniqueKeysWithValues: site.zones.map { ($0.name, "cause") }))
        }
        report.sets = (1...4096).map { count in
            .init(zones: Array(site.zones.prefix(count % 64 + 1)), tweets: count)
        }
        let page = ReportPage(report: report)
        #expect(page.html.count < 5_000_000)
        let left = columns / 2 - ReportLimits.gaps
        let gaps = page.text.split(separator: "<table class=\"gaps\">").last ?? ""
        #expect(gaps.contains("<data value=\"\(left)\">"))
        #expect(gaps.contains("--json | jq &#39;.union.gaps&#39;"))
        #expect(page.text.contains("<data value=\"\(4096 - ReportLimits.zoneSets)\">"))
    }

    @Test func `a store without zones and tweets has a page, too`() throws {
        var report = try ReportSite(zones: [], hours: 1).report()
        report.sets = []
        report.hours = []
        report.ledger = Ledger()
        let text = ReportPage(report: report).text
        #expect(text.contains("0\u{A0}zones recorded 0\u{A0}tweets"))
        #expect(text.contains("No zone saw a tweet."))
        #expect(text.contains("were collected by no collector that the store knows of from"))
    }

    @Test func `segments that are not merged are told wherever the figures are`() throws {
        var report = try ReportSite("a", "b").report()
        report.estimate = MissedEstimate(
            model: "chapman", missed: .init(value: 1, low: 0, high: 2),
            blind: .init(value: 0, low: 0, high: 0),
            completeness: .init(value: 99, low: 98, high: 100), models: [], strata: 1, tweets: 1,
            blindMs: 0, assumptions: ["all segments have been merged"])
        report.inputs.notMerged = 7
        let text = ReportPage(report: report).text
        #expect(text.contains("<data value=\"7\">7</data> segments are not merged"))
        #expect(text.contains("<dd>7\u{A0}segments</dd>"))
        #expect(text.contains("7 segments are not merged; posts that only they hold are not"))
        #expect(text.contains("Not all segments have been merged, so that the estimate"))
        report.inputs.notMerged = 1
        #expect(ReportPage(report: report).text.contains("1 segment is not merged; posts"))
    }

    @Test func `manifests that were left out are told with the reason, as text`() throws {
        var report = try ReportSite("a", "b").report()
        report.inputs.problems = ["x<b>"]
        let text = ReportPage(report: report).text
        #expect(text.contains("<data value=\"1\">1</data> manifest could not be read and was left"))
        #expect(text.contains("<li><bdi>x&lt;b&gt;</bdi></li>"))
        #expect(text.contains("1 manifest could not be read and was left out. The figures"))
        #expect(!text.contains("segments are not merged"))
    }

    @Test func `of many manifests that were left out some are listed, and all are counted`() throws
    {
        var report = try ReportSite("a", "b").report()
        report.inputs.problems = (1...1000).map { "problem \($0)." }
        let text = ReportPage(report: report).text
        #expect(text.contains("1,000 manifests could not be read and were left out"))
        #expect(text.contains("problem \(ReportLimits.problems)."))
        #expect(!text.contains("problem \(ReportLimits.problems + 1)."))
        #expect(text.contains("<data value=\"\(1000 - ReportLimits.problems)\">"))
        #expect(text.contains("--json | jq &#39;.inputs.problems&#39;"))
    }

    @Test func `where nothing is missing nothing is said to be`() throws {
        let text = ReportPage(report: try ReportSite("a", "b").report()).text
        for words in ["class=\"warning\"", "not merged", "Not all segments", "Left out"] {
            #expect(!text.contains(words), "\(words)")
        }
    }

    @Test func `a ledger that is not balanced says so`() throws {
        var report = try ReportSite("a").report()
        #expect(ReportPage(report: report).text.contains("equal to the sum: no line is lost"))
        report.ledger.lines += 1
        let text = ReportPage(report: report).text
        #expect(text.contains("not equal to the sum: run merger verify"))
    }

    @Test func `why nothing is estimated stands in the headline`() throws {
        var report = try ReportSite("a").report()
        report.estimateRefusal = "one zone alone"
        let text = ReportPage(report: report).text
        #expect(text.contains("cannot be estimated"))
        #expect(text.split(separator: "one zone alone").count == 3)
    }

    @Test func `a span of less than a minute has a bar as wide as it is long`() throws {
        var report = try ReportSite("a", hours: 1).report()
        report.span.to = ReportSite.at(milliseconds: 30_000)
        let text = ReportPage(report: report).text
        #expect(text.contains("viewBox=\"0 0 30000 180\""))
        #expect(text.contains("H30000V180Z"))
    }

    @Test func `a page of a span that is not of whole hours asks for all`() throws {
        var report = try ReportSite("a", hours: 2).report()
        report.span.from = ReportSite.at(milliseconds: 1)
        report.rules.deliveryLagMs = 8000
        let text = ReportPage(report: report).text
        #expect(text.contains("merger coverage --lag 8000ms --minutes --json"))
    }

    @Test func `the commands of a page ask for its span`() throws {
        let text = ReportPage(report: try ReportSite("a", hours: 2).report()).text
        #expect(text.contains("--since 2026-11-22T18 --until 2026-11-22T19 --minutes --json"))
    }
}

struct GreatestTests {
    @Test func `the greatest are kept in their order, the first of equal ones`() {
        let (kept, left) = [3, 9, 1, 9, 5, 9].greatest(3) { Int64($0) }
        #expect(kept == [9, 9, 9] && left == 3)
        let pairs = [(1, "a"), (2, "b"), (1, "c"), (1, "d")].greatest(2) { Int64($0.0) }
        #expect(pairs.kept.map(\.1) == ["a", "b"])
    }

    @Test func `fewer than asked for are all of them`() {
        let (kept, left) = [2, 1].greatest(3) { Int64($0) }
        #expect(kept == [2, 1] && left == 0)
    }
}
