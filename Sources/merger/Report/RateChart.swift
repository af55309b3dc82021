import Shared

/// How many tweets came in a minute, over the span, and when no zone was connected.
struct RateChart {
    let report: CoverageReport
    let axis: TimeAxis

    /// In pixels.
    private static let height = 180

    var html: HTML {
        let buckets = RateBuckets(report)
        return HTML("figure", ["class": "rate"]) {
            drawing(buckets).svg
            HTML("figcaption") {
                "Tweets a minute, one bar for every \(Figures.duration(buckets.stepMilliseconds)); "
                "the time below is UTC, by the ids of the tweets. Hatched: no zone was connected, or "
                "it is not known. Where no bar stands on white ground there is nothing or no index; "
                "the table tells which."
            }
            ReportChart.data(table(buckets))
        }
    }

    private func drawing(_ buckets: RateBuckets) -> ReportChart {
        let scale = buckets.scale
        let rates = buckets.buckets.compactMap(\.rate)
        let most = rates.max() ?? 0
        return ReportChart(
            name: "rate", title: "Tweets a minute over time",
            description: "\(Figures.count(rates.count, "bar")) from "
                + "\(Figures.minute(report.span.from)) to \(Figures.minute(report.span.to)) UTC. "
                + "The lowest is \(Figures.decimal(rates.min() ?? 0, places: 1)) and the highest "
                + "\(Figures.decimal(most, places: 1)) tweets a minute.",
            height: Self.height + 24, width: nil,
            content: [absence, bars(buckets, scale), levels(scale)]
                + axis.drawing(height: Self.height))
    }

    private var absence: HTML {
        let columns = TimelineColumns(report.union.stretches, span: report.span)
        return HTML("g", ["class": "absence"]) {
            columns.drawing(of: .gap, y: 0, height: Self.height)
            columns.drawing(of: .unknown, y: 0, height: Self.height)
        }
    }

    private func bars(_ buckets: RateBuckets, _ scale: Double) -> HTML {
        let start = report.span.from.milliseconds
        let length = Double(report.span.to.milliseconds - start)
        return HTML("g", ["class": "bars"]) {
            for bucket in buckets.buckets {
                if let rate = bucket.rate, rate > 0 {
                    let height = rate / scale * Double(Self.height)
                    let from = Double(bucket.from.milliseconds - start) / length
                    let to = Double(bucket.to.milliseconds - start) / length
                    HTML(
                        "rect",
                        [
                            "x": ReportChart.place(from), "width": ReportChart.place(to - from),
                            "y": Figures.trimmed(Double(Self.height) - height, places: 2),
                            "height": Figures.trimmed(height, places: 2),
                        ])
                }
            }
        }
    }

    /// Lines at nothing, a half and all of the scale, with their numbers to the left of the drawing.
    private func levels(_ scale: Double) -> HTML {
        HTML("g", ["class": "levels"]) {
            for part in [0, 0.5, 1] {
                let y = Figures.trimmed(Double(Self.height) * (1 - part), places: 1)
                HTML("line", ["class": "level", "x1": "0", "x2": "100%", "y1": y, "y2": y])
                HTML("text", ["x": "-8", "y": y, "dy": "4", "text-anchor": "end"]) {
                    Figures.short(scale * part)
                }
            }
        }
    }

    private func table(_ buckets: RateBuckets) -> ReportTable {
        ReportTable(
            name: "rate-data", caption: "Tweets over time",
            columns: [.words("from (UTC)"), .number("tweets"), .number("a minute")],
            rows: buckets.buckets.map { bucket in
                [
                    [.moment(bucket.from)],
                    [bucket.tweets.map(HTML.count) ?? .text("no index")],
                    [.text(bucket.rate.map { Figures.decimal($0, places: 1) } ?? "–")],
                ]
            })
    }
}
