import Shared

/// Finds what may be ids in bytes that nothing else can be read from.
enum DigitRuns {
    /// The runs of decimal digits that are ids, in order.
    static func ids(in bytes: [UInt8]) -> [TweetID] {
        bytes.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            .compactMap { TweetID(String(decoding: $0, as: UTF8.self)) }
    }
}
