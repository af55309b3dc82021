import CoreMetrics
import Testing

@testable import listener

/// The format is that of "Exposition formats" in Prometheus' documentation, version 0.0.4.
struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry(
        [
            MetricFamily("b_total", .counter, #"Says \ and"# + "\nmore."),
            MetricFamily("a_seconds", .gauge, "A."),
            MetricFamily("c_seconds", .summary, "C."),
            MetricFamily("d_total", .counter, "D."),
        ], common: [("zone", "a")])

    private var samples: [String] {
        registry.text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func `families come as declared, with help and type, also without a series`() {
        #expect(
            registry.text == #"""
                # HELP b_total Says \\ and\nmore.
                # TYPE b_total counter
                # HELP a_seconds A.
                # TYPE a_seconds gauge
                # HELP c_seconds C.
                # TYPE c_seconds summary
                # HELP d_total D.
                # TYPE d_total counter

                """#)
    }

    @Test func `values of labels are escaped`() {
        let value = "quote \" back \\ line\nend"
        Counter(label: "b_total", dimensions: [("kind", value)], factory: registry).increment()
        #expect(samples == [#"b_total{zone="a",kind="quote \" back \\ line\nend"} 1"#])
    }

    @Test func `one name and labels are one series, however often they are asked for`() {
        for _ in 0..<3 { Counter(label: "b_total", factory: registry).increment(by: 2) }
        #expect(samples == [#"b_total{zone="a"} 6"#])
    }

    @Test func `a gauge is not shown before it has a value`() {
        let meter = Meter(label: "a_seconds", factory: registry)
        #expect(samples.isEmpty)
        meter.set(1_795_372_200.007)
        #expect(samples == [#"a_seconds{zone="a"} 1795372200.007"#])
        meter.set(Double.infinity)
        #expect(samples == [#"a_seconds{zone="a"} +Inf"#])
        meter.set(Double.nan)
        #expect(samples == [#"a_seconds{zone="a"} NaN"#])
    }

    @Test func `durations are a sum in seconds and a count`() {
        let timer = CoreMetrics.Timer(label: "c_seconds", factory: registry)
        timer.recordNanoseconds(1_500_000_000)
        timer.recordNanoseconds(250_000_000)
        #expect(samples == [#"c_seconds_sum{zone="a"} 1.75"#, #"c_seconds_count{zone="a"} 2"#])
    }

    @Test func `nothing is lost where several threads count`() async {
        let whole = Counter(label: "b_total", factory: registry)
        let fraction = FloatingPointCounter(label: "d_total", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        whole.increment()
                        fraction.increment(by: 0.5)
                    }
                }
            }
        }
        #expect(samples == [#"b_total{zone="a"} 80000"#, #"d_total{zone="a"} 40000"#])
    }
}
