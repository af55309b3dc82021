/// The identity of a tweet, by which copies are recognised.
///
/// Since November 2010 an id is a snowflake: 41 bits of milliseconds since ``epoch``, 10 bits of
/// machine, 12 bits of sequence. Older ids are plain counters; the same arithmetic puts all of them
/// into the first hour of the epoch.
package struct TweetID: Hashable, Comparable, Sendable {
    /// 2010-11-04T01:42:54.657Z, the zero of snowflake time.
    package static let epoch = Timestamp(milliseconds: 1_288_834_974_657)

    /// Machine and sequence number: the bits below the time.
    package static let bitsBelowTime = 22

    /// Between 1 and 2^63 - 1.
    package let rawValue: Int64

    /// Nil unless `rawValue` is positive.
    package init?(_ rawValue: Int64) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    /// Reads what ``description`` writes: 1 to 19 ASCII digits without a leading zero, at most
    /// 2^63 - 1.
    package init?(_ text: some StringProtocol) {
        guard let value = Int64(text), text.utf8.first != UInt8(ascii: "+") else { return nil }
        guard text.utf8.first != UInt8(ascii: "0") else { return nil }
        self.init(value)
    }

    /// When the tweet was made. For an id from before ``epoch``'s scheme: a moment in the first
    /// hour of that scheme.
    package var creationTime: Timestamp {
        Timestamp(milliseconds: (rawValue >> Self.bitsBelowTime) + Self.epoch.milliseconds)
    }

    package var partition: Partition { Partition(containing: creationTime) }

    /// Where all ids from before ``epoch``'s scheme lie.
    package static let timelessPartition = Partition(containing: epoch)

    /// False for an id from before ``epoch``'s scheme, and for the few of its first minutes.
    package var saysTime: Bool { partition != Self.timelessPartition }

    package static func < (left: TweetID, right: TweetID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension TweetID: CustomStringConvertible {
    package var description: String { String(rawValue) }
}

/// A decimal string, because a JSON number above 2^53 is damaged by many readers.
extension TweetID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = TweetID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not a tweet id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
