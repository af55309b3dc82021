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
                "times are UTC, of tweets. Hatched: no zone was connected, or it is not known. Where "
                "there is no bar, no tweet came or the hour has no index; the table tells which."
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
            description: "\(Figures.count(buckets.buckets.count, "bar")) from "
                + "\(Figures.minute(report.span.from)) to \(Figures.minute(report.span.to)) UTC. "
                + "The lowest is \(Figures.decimal(rates.min() ?? 0, places: 1)) and the highest "
                + "\(Figures.decimal(most, places: 1)) tweets a minute.",
            height: Self.height + ReportLimits.axisHeight, width: nil,
            content: [absence] + axis.drawing(height: Self.height)
                + [levels(scale), bars(buckets, scale)])
    }

    private var absence: HTML {
        let columns = TimelineColumns(report.union.stretches, span: report.span)
        return HTML("g", ["class": "absence"]) {
            columns.drawing(of: .gap, y: 0, height: Self.height)
            columns.drawing(of: .unknown, y: 0, height: Self.height)
        }
    }

    /// One outline of all bars, in milliseconds across and pixels down, stretched to the width there is.
    /// Where nothing is known it lies on the ground, as where nothing came.
    private func bars(_ buckets: RateBuckets, _ scale: Double) -> HTML {
        let start = report.span.from.milliseconds
        let steps = buckets.buckets.map { bucket in
            let y = Double(Self.height) * (1 - (bucket.rate ?? 0) / scale)
            return "V\(Figures.trimmed(y, places: 2))H\(bucket.to.milliseconds - start)"
        }
        return HTML(
            "svg",
            [
                "class": "bars", "width": "100%", "height": "\(Self.height)",
                "viewBox": "0 0 \(report.span.milliseconds) \(Self.height)",
                "preserveAspectRatio": "none",
            ]
        ) {
            HTML("path", ["d": "M0 \(Self.height)" + steps.joined() + "V\(Self.height)Z"])
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
