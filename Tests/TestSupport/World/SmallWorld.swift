package import Shared

/// Segments that a test writes line by line, in the world's first hour.
package enum SmallWorld {
    package static let hour = WorldTime.partition(WorldTime.firstHour)
    package static let dataset = Dataset(
        stream: "default", compression: .fast, created: SampleStream.start)

    /// The `number`-th id of a second of the hour.
    package static func id(_ second: Int64, _ number: Int64 = 0) -> Int64 {
        WorldTime.id(at: hour.start.milliseconds + second * 1000) + number
    }

    /// - Parameters:
    ///   - start: in seconds since the hour began.
    ///   - instance: one digit, so that each zone's listener has another.
    package static func segment(
        _ zone: String, start: Int64 = 0, seconds: Int64 = 300, sequence: Int = 0,
        instance: Character = "1", memberLines: Int? = nil, _ lines: [WorldLine]
    ) -> WorldSegment {
        let name = SegmentName(
            start: time(start), instance: self.instance(instance), sequence: sequence)
        let end = time(start + seconds).milliseconds
        var segment = WorldSegment(
            zone: SampleStream.zone(zone), name: name,
            batches: lines.isEmpty ? [] : [WorldSegment.Batch(time: end, lines: lines)], end: end)
        segment.memberLines = memberLines
        return segment
    }

    package static func time(_ second: Int64) -> Timestamp {
        Timestamp(milliseconds: hour.start.milliseconds + second * 1000)
    }

    package static func post(_ second: Int64, _ text: String = "text", rule: String = "r")
        -> WorldLine
    {
        .post(id(second), text, rule: rule)
    }

    private static func instance(_ digit: Character) -> ListenerInstance {
        let hex = String(repeating: digit, count: ListenerInstance.digitCount)
        guard let instance = ListenerInstance(hex: hex) else {
            preconditionFailure("\(digit) is no hexadecimal digit")
        }
        return instance
    }
}

extension WorldSegment {
    /// As a store of ``SmallWorld/dataset`` holds it.
    package func stored() throws -> StoredSegment { try stored(SmallWorld.dataset.limits) }
}
