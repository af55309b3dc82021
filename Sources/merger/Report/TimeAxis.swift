import Shared

/// Where a span of time is marked, and what the marks say.
struct TimeAxis {
    struct Mark: Equatable {
        /// Of the span, from 0 to 1.
        var place: Double
        var label: String
        /// Left out where there is little room.
        var isMinor: Bool
    }

    var marks: [Mark] = []

    private static let marksMax: Int64 = 7
    private static let minute: Int64 = 60_000
    private static let hour = Timestamp.millisecondsPerHour
    private static let day = Timestamp.millisecondsPerDay
    private static let steps: [Int64] =
        [10, 15, 20, 30].map { $0 * minute } + [1, 2, 3, 4, 6, 12].map { $0 * hour }
        + [1, 2, 5, 10, 20, 30, 60, 90, 180, 365, 730, 1825, 3650].map { $0 * day }

    init(_ span: CoverageReport.Interval) {
        let length = span.to.milliseconds - span.from.milliseconds
        guard length > 0, let last = Self.steps.last else { return }
        let step = Self.steps.first { length / $0 < Self.marksMax } ?? last
        var time = (span.from.milliseconds + step - 1).flooredQuotient(by: step) * step
        while time <= span.to.milliseconds {
            marks.append(
                Mark(
                    place: Double(time - span.from.milliseconds) / Double(length),
                    label: Self.label(Timestamp(milliseconds: time), step: step, length: length),
                    isMinor: marks.count % 2 == 1))
            time += step
        }
    }

    private static func label(_ time: Timestamp, step: Int64, length: Int64) -> String {
        let text = time.description
        let date = text.prefix(10)
        if step >= day { return length > 300 * day ? String(date) : String(date.dropFirst(5)) }
        let clock = String(text.dropFirst(11).prefix(5))
        return length > day ? "\(date.dropFirst(5)) \(clock)" : clock
    }

    /// Lines of `height` pixels with the labels below.
    func drawing(height: Int) -> [HTML] {
        marks.flatMap { mark in
            let kind = mark.isMinor ? "minor" : nil
            let x = ReportChart.place(mark.place)
            let anchor = mark.place < 0.06 ? "start" : mark.place > 0.94 ? "end" : "middle"
            return [
                HTML(
                    "line",
                    ["class": "mark", "x1": x, "x2": x, "y1": "0", "y2": "\(height + 5)"]),
                HTML(
                    "text", ["class": kind, "x": x, "y": "\(height + 18)", "text-anchor": anchor]
                ) { mark.label },
            ]
        }
    }
}
