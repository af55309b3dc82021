/// A number of bytes, written by people as `64MiB`.
package struct ByteCount: Hashable, Comparable, Sendable {
    package let bytes: Int

    package init(bytes: Int) {
        self.bytes = bytes
    }

    package static func kibibytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 10) }
    package static func mebibytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 20) }
    package static func gibibytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 30) }

    private static let units: [(name: String, shift: Int)] = [
        ("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40),
    ]

    /// Reads a whole number and one of `B`, `KiB`, `MiB`, `GiB`, `TiB`; a number alone is bytes.
    package init?(_ text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let count = Int(digits),
            let shift = unit.isEmpty ? 0 : Self.units.first(where: { $0.name == unit })?.shift
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow else { return nil }
        self.init(bytes: bytes)
    }

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

/// In the largest unit that leaves a number of at least 1, with one decimal where it is not whole.
extension ByteCount: CustomStringConvertible {
    package var description: String {
        let unit = Self.units.last { abs(bytes) >= 1 << $0.shift } ?? Self.units[0]
        let size = 1 << unit.shift
        guard bytes % size != 0 else { return "\(bytes / size) \(unit.name)" }
        let tenths = Int((Double(bytes) * 10 / Double(size)).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) \(unit.name)"
    }
}
