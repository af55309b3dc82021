/// One UTC hour of tweet ids: the unit of merging.
///
/// A partition has one index file, one canonical object, and is written by conditional writes.
package struct Partition: Hashable, Comparable, Sendable {
    /// Whole hours since 1970-01-01T00:00:00Z.
    package let hoursSince1970: Int64

    package init(hoursSince1970: Int64) {
        self.hoursSince1970 = hoursSince1970
    }

    package init(containing time: Timestamp) {
        hoursSince1970 = time.milliseconds.flooredQuotient(by: Timestamp.millisecondsPerHour)
    }

    /// Reads ``description``, `YYYY-MM-DDTHH`.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 13, let start = Timestamp(text + ":00:00Z") else { return nil }
        self.init(containing: start)
    }

    package var start: Timestamp {
        Timestamp(milliseconds: hoursSince1970 * Timestamp.millisecondsPerHour)
    }

    package var end: Timestamp { Partition(hoursSince1970: hoursSince1970 + 1).start }

    package var date: String { start.date }

    /// `00` to `23`.
    package var hour: String { pad(start.civil.hour, 2) }

    package static func < (left: Partition, right: Partition) -> Bool {
        left.hoursSince1970 < right.hoursSince1970
    }
}

extension Partition: CustomStringConvertible {
    package var description: String { "\(date)T\(hour)" }
}

extension Partition: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let partition = Partition(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an hour such as 2026-11-22T18")
        }
        self = partition
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
