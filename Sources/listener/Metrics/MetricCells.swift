import CoreMetrics
import Synchronization

/// A series that can be shown. Written from any thread, without a lock.
protocol MetricCell: AnyObject, Sendable {
    /// What is shown: a suffix of the name, and a value. Nothing while there is nothing to say.
    var samples: [(suffix: String, value: Double)] { get }
}

/// Counts up.
final class CounterCell: MetricCell, CounterHandler {
    private let total = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        total.store(0, ordering: .relaxed)
    }

    var samples: [(suffix: String, value: Double)] {
        [("", Double(total.load(ordering: .relaxed)))]
    }
}

/// Counts up in fractions.
final class FloatingCounterCell: MetricCell, FloatingPointCounterHandler {
    private let total = AtomicDouble(0)

    func increment(by amount: Double) {
        total.add(amount)
    }

    func reset() {
        total.value = 0
    }

    var samples: [(suffix: String, value: Double)] { [("", total.value)] }
}

/// Holds the last value; not shown before it has one.
final class GaugeCell: MetricCell, MeterHandler {
    private let current = AtomicDouble(0)
    private let isSet = Atomic(false)

    func set(_ value: Int64) {
        set(Double(value))
    }

    func set(_ value: Double) {
        current.value = value
        isSet.store(true, ordering: .releasing)
    }

    func increment(by amount: Double) {
        current.add(amount)
        isSet.store(true, ordering: .releasing)
    }

    func decrement(by amount: Double) {
        increment(by: -amount)
    }

    var samples: [(suffix: String, value: Double)] {
        isSet.load(ordering: .acquiring) ? [("", current.value)] : []
    }
}

/// Adds up durations, and counts them.
final class SummaryCell: MetricCell, TimerHandler {
    private let nanoseconds = Atomic<Int64>(0)
    private let count = Atomic<Int64>(0)

    func recordNanoseconds(_ duration: Int64) {
        nanoseconds.wrappingAdd(duration, ordering: .relaxed)
        count.wrappingAdd(1, ordering: .relaxed)
    }

    var samples: [(suffix: String, value: Double)] {
        let sum = Double(nanoseconds.load(ordering: .relaxed)) / 1e9
        return [("_sum", sum), ("_count", Double(count.load(ordering: .relaxed)))]
    }
}

/// A `Double` that threads share.
private final class AtomicDouble: Sendable {
    private let bits: Atomic<UInt64>

    init(_ value: Double) {
        bits = Atomic(value.bitPattern)
    }

    var value: Double {
        get { Double(bitPattern: bits.load(ordering: .relaxed)) }
        set { bits.store(newValue.bitPattern, ordering: .relaxed) }
    }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isExchanged, original) = bits.compareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if isExchanged { return }
            old = original
        }
    }
}
