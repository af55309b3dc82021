import CoreMetrics
import Synchronization

/// The metrics of one process, and their text for Prometheus (exposition format 0.0.4).
///
/// Families are declared when it is made; series come into being when somebody asks for a handle.
/// Only that and the text take the lock: whoever has a handle writes without one.
final class PrometheusRegistry: MetricsFactory {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct Series {
        var labels: String
        var cell: any MetricCell
    }

    private let families: [MetricFamily]
    private let common: [(String, String)]
    private let series = Mutex<[String: [Series]]>([:])

    /// - Parameters:
    ///   - families: in the order in which they are shown.
    ///   - common: labels that every series has.
    init(_ families: [MetricFamily], common: [(String, String)]) {
        self.families = families
        self.common = common
    }

    // MARK: Handles

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let cell: CounterCell = cell(label, .counter, dimensions) { CounterCell() }
        return cell
    }

    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let cell: FloatingCounterCell = cell(label, .counter, dimensions) { FloatingCounterCell() }
        return cell
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        let cell: GaugeCell = cell(label, .gauge, dimensions) { GaugeCell() }
        return cell
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let cell: SummaryCell = cell(label, .summary, dimensions) { SummaryCell() }
        return cell
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        preconditionFailure("\(label): distributions have no place here: use a counter or a meter")
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// The one cell of these labels: who asks twice gets the same.
    private func cell<Cell: MetricCell>(
        _ name: String, _ kind: MetricFamily.Kind, _ dimensions: [(String, String)],
        _ make: () -> Cell
    ) -> Cell {
        precondition(
            families.contains { $0.name == name && $0.kind == kind },
            "\(name): is not declared as a \(kind.rawValue)")
        let labels = Self.labels(common + dimensions)
        return series.withLock { series in
            if let known = series[name]?.first(where: { $0.labels == labels })?.cell as? Cell {
                return known
            }
            let cell = make()
            series[name, default: []].append(Series(labels: labels, cell: cell))
            return cell
        }
    }

    // MARK: Text

    /// Families in the order of their declaration, series in the order in which they were made.
    var text: String {
        let series = series.withLock { $0 }
        var text = ""
        for family in families {
            text += "# HELP \(family.name) \(Self.escape(family.help))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for series in series[family.name] ?? [] {
                for (suffix, value) in series.cell.samples {
                    text += "\(family.name)\(suffix)\(series.labels) \(Self.number(value))\n"
                }
            }
        }
        return text
    }

    private static func labels(_ pairs: [(String, String)]) -> String {
        guard !pairs.isEmpty else { return "" }
        let texts = pairs.map { "\($0)=\"\(escape($1, also: "\""))\"" }
        return "{\(texts.joined(separator: ","))}"
    }

    /// Backslash and line feed, and what else is asked for.
    private static func escape(_ text: String, also: Character? = nil) -> String {
        var result = ""
        for character in text {
            if character == "\\" || character == also { result += "\\" }
            // A line break of two characters is one `Character`.
            if character.isNewline { result += "\\n" } else { result.append(character) }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
