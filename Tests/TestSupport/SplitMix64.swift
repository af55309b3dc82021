private import Foundation

/// A generator whose numbers depend on its seed alone (Steele, Lea, Flood 2014).
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number from 0 to `bound` - 1.
    package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// Whether something happens that does so once in `times`.
    package mutating func once(in times: Int) -> Bool { below(times) == 0 }

    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

/// Where the random choices of a test come from: another seed in each run, unless one is asked for.
package struct Seed: CustomStringConvertible, Sendable {
    package let value: UInt64

    private static let variable = "TRIBUTARY_TEST_SEED"

    package init() {
        value =
            ProcessInfo.processInfo.environment[Self.variable].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64(UInt32.max))
    }

    /// How many times as many random cases as in a quick run are tried.
    package static let effort =
        ProcessInfo.processInfo.environment["TRIBUTARY_TEST_EFFORT"].flatMap { Int($0) } ?? 1

    package var generator: SplitMix64 { SplitMix64(seed: value) }

    /// For the comment of an expectation: how to see the failure again.
    package var description: String {
        "seed \(value): repeat with \(Self.variable)=\(value) swift test"
    }
}
