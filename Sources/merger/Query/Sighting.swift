import Shared

/// What the archive knows of one tweet that a zone saw: a document of `merger query --json`.
struct Sighting: Encodable {
    /// Copies that say the same.
    struct Version: Encodable, Equatable {
        /// XXH64 of what they say, in hexadecimal.
        var digest: String
        var zones: [Zone]
        /// Where the first of them lies.
        var segment: String
        /// From 1.
        var line: Int
    }

    /// One line of one segment.
    struct Copy: Encodable, Equatable {
        var zone: Zone
        var segment: String
        /// From 1.
        var line: Int
        /// To a sync interval of its listener, by whose clock it is.
        var received: Timestamp
        var digest: String
    }

    /// A segment that may hold a copy and cannot be read.
    struct Unread: Encodable, Equatable {
        var segment: String
        var cause: String
    }

    var id: TweetID
    var created: Timestamp
    /// Zones that have a copy, in order of rank.
    var zones: [Zone]
    /// Where the winning copy lies.
    var segment: String
    /// From 1.
    var line: Int
    /// When the winning copy was received; nil where its manifest cannot be read.
    var received: Timestamp?
    /// XXH64 of what the winning copy says, in hexadecimal.
    var digest: String
    /// How many different digests its copies have.
    var versions: Int
    /// Each of them, the winner's first; nil where there is only one.
    var divergence: [Version]?
    /// Also by a notice that waits for the daily sweep, of which the index knows nothing yet.
    var isDeleted: Bool
    /// When the first notice of its deletion was received; nil where that one waits.
    var deletedAt: Timestamp?
    /// Notices that name it, first those that came first; nil where there are none.
    var notices: [NoticeRow]?
    /// Every copy of every zone, in order of rank; nil where they were not asked for.
    var copies: [Copy]?
    /// Segments that could not be searched for copies; nil where there are none.
    var unread: [Unread]?

    private enum CodingKeys: String, CodingKey {
        case id, created, zones, segment, line, received, digest, versions, divergence
        case isDeleted = "deleted"
        case deletedAt, notices, copies, unread
    }
}

extension RecordDigest {
    /// As documents have it: sixteen hexadecimal digits.
    static func text(_ digest: Int64) -> String {
        let digits = String(UInt64(bitPattern: digest), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
