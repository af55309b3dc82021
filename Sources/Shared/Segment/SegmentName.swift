/// The name of a segment: when it was opened, by which run of a listener, as its how-manieth.
///
/// Written `20261122T180000.000Z-0123456789abcdef-00000000`: sorting names is sorting by time, and a
/// name is read only if writing it gives the same text again.
package struct SegmentName: Hashable, Comparable, Sendable {
    package static let sequenceDigits = 8
    package static let sequenceMax = 99_999_999

    package let start: Timestamp
    package let instance: ListenerInstance
    package let sequence: Int

    package init(start: Timestamp, instance: ListenerInstance, sequence: Int) {
        precondition((0...Self.sequenceMax).contains(sequence), "a sequence has 8 digits")
        self.start = start
        self.instance = instance
        self.sequence = sequence
    }

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let start = Timestamp(compact: parts[0]),
            let instance = ListenerInstance(hex: parts[1]), let sequence = Int(parts[2]),
            (0...Self.sequenceMax).contains(sequence)
        else { return nil }
        self.init(start: start, instance: instance, sequence: sequence)
        guard description == text else { return nil }
    }

    /// The hour in which the segment began to be received: where lines without an id belong.
    package var homePartition: Partition { Partition(containing: start) }

    /// As text.
    package static func < (left: SegmentName, right: SegmentName) -> Bool {
        (left.start, left.instance.hex, left.sequence)
            < (right.start, right.instance.hex, right.sequence)
    }
}

extension SegmentName: CustomStringConvertible {
    package var description: String {
        "\(start.compactDescription)-\(instance.hex)-"
            + pad(Int64(sequence), Self.sequenceDigits)
    }
}
