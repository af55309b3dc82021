import Shared

/// A timeline cut into a fixed number of columns, so that its size does not grow with the number of
/// stretches.
///
/// A column shows the worst that touches it: a gap, however short, is never drawn over.
struct TimelineColumns {
    struct Run: Equatable {
        var state: CoverageReport.State
        var columns: Range<Int>
    }

    private(set) var runs: [Run] = []

    init(_ stretches: [CoverageReport.Stretch], span: CoverageReport.Interval) {
        let count = ReportLimits.timelineColumns
        let length = span.to.milliseconds - span.from.milliseconds
        guard length > 0 else { return }
        var states = [CoverageReport.State?](repeating: nil, count: count)
        for stretch in stretches where stretch.from < stretch.to {
            let from = (stretch.from.milliseconds - span.from.milliseconds) * Int64(count)
            let to = (stretch.to.milliseconds - span.from.milliseconds) * Int64(count)
            let first = max(0, Int(from.flooredQuotient(by: length)))
            let end = min(count, Int((to + length - 1).flooredQuotient(by: length)))
            for column in first..<max(first, end)
            where stretch.state.weight > states[column]?.weight ?? -1 {
                states[column] = stretch.state
            }
        }
        for (column, state) in states.enumerated() {
            guard let state else { continue }
            if let last = runs.last, last.state == state, last.columns.upperBound == column {
                runs[runs.count - 1].columns = last.columns.lowerBound..<column + 1
            } else {
                runs.append(Run(state: state, columns: column..<column + 1))
            }
        }
    }

    /// The columns of a state, from `y` on, in pixels.
    func drawing(of state: CoverageReport.State, y: Int, height: Int) -> [HTML] {
        let count = Double(ReportLimits.timelineColumns)
        return runs.filter { $0.state == state }.map { run in
            HTML(
                "rect",
                [
                    "x": ReportChart.place(Double(run.columns.lowerBound) / count), "y": "\(y)",
                    "width": ReportChart.place(Double(run.columns.count) / count),
                    "height": "\(height)",
                ])
        }
    }
}

extension CoverageReport.State {
    /// Which of two states is shown where there is room for one.
    fileprivate var weight: Int {
        switch self {
        case .covered: 0
        case .recovered: 1
        case .unknown: 2
        case .gap: 3
        }
    }
}
