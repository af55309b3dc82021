import Synchronization

/// Random choices for closures that may be called from anywhere.
package final class Dice: Sendable {
    private let generator: Mutex<SplitMix64>

    package init(_ seed: UInt64) {
        generator = Mutex(SplitMix64(seed: seed))
    }

    package func pick<Element>(_ elements: [Element]) -> Element {
        elements[generator.withLock { $0.below(elements.count) }]
    }
}

/// Counts, for closures that may be called from anywhere.
package final class Counter: Sendable {
    private let count = Mutex(0)

    package init() {}

    /// - Returns: how often this was called before.
    @discardableResult
    package func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }

    package var value: Int { count.withLock { $0 } }
}
