import Shared

/// What the zones saw of a span of tweet time, what they lack, and how sure that is: the document
/// of `merger coverage --json`, described in `docs/COVERAGE.md`.
///
/// All times are tweet times, in milliseconds; spans are half-open.
struct CoverageReport: Codable {
    var format = 1
    /// Program and version.
    var software: String
    var stream: String
    /// Whole hours.
    var span: Interval
    /// SHA-256 over what the figures were made from: the same inputs, the same digest.
    var inputs: Inputs
    /// By zone, in order of rank.
    var zones: [ZoneCoverage]
    /// Of all zones together.
    var union: UnionCoverage
    /// Every combination of zones that saw the same tweets, over the whole span.
    var sets: [ZoneSetCount]
    /// In order; hours without an index are not listed.
    var hours: [HourCounts]
    /// What all zones missed. Nil where it cannot be estimated; `estimateRefusal` says why.
    var estimate: MissedEstimate?
    var estimateRefusal: String?
    var ledger: Ledger
    var divergentTweets: Int
    var deletedTweets: Int

    struct Interval: Codable, Equatable {
        var from: Timestamp
        var to: Timestamp
    }

    struct Inputs: Codable {
        var manifests: Int
        var indexes: Int
        var sha256: ContentDigest
    }

    enum State: String, Codable, CaseIterable {
        /// Connected for certain, delivery lag and clock doubt allowed for.
        case covered
        /// Not connected, or not for certain.
        case gap
        /// Not known: manifests are missing.
        case unknown
        /// Not connected, and filled by a back-fill, a recovery or an adopted file.
        case recovered
    }

    /// A part of the span in which the state is the same.
    struct Stretch: Codable, Equatable {
        var from: Timestamp
        var to: Timestamp
        var state: State
        /// Why it is not covered, as the manifest says it; nil where it is.
        var cause: String?
        /// What filled it; nil unless it is recovered.
        var filledBy: ConnectionKind?
    }

    struct ZoneCoverage: Codable {
        var zone: Zone
        /// In order, without holes, from the first to the last moment of the span.
        var stretches: [Stretch]
        var coveredMs: Int64
        var recoveredMs: Int64
        var gapMs: Int64
        var unknownMs: Int64
        /// Tweets that it saw.
        var tweets: Int
        /// Tweets that another zone saw and this one did not.
        var lacks: Int
        /// Tweets that no other zone saw.
        var onlyHere: Int
        /// Tweets that another zone saw while this one was connected…
        var exposed: Int
        /// … and those of them that it did not deliver: loss, not outage.
        var undelivered: Int
    }

    struct UnionCoverage: Codable {
        /// As of a zone; `covered` where at least one zone is.
        var stretches: [Stretch]
        var coveredMs: Int64
        var recoveredMs: Int64
        var gapMs: Int64
        var unknownMs: Int64
        /// Covered time over the whole span, recovered included, in percent.
        var percent: Double
        /// How long exactly 0, 1, … zones were connected, in milliseconds.
        var msByZoneCount: [Int64]
        /// What no zone covers, longest possible spans first to last, ready to be asked for again.
        var gaps: [Gap]
    }

    /// A span that no zone covers, named as X's recovery wants it.
    struct Gap: Codable {
        var startTime: Timestamp
        var endTime: Timestamp
        /// Whether it is only not known.
        var isUnknown: Bool
        /// Why, by zone.
        var causes: [String: String]

        private enum CodingKeys: String, CodingKey {
            case startTime = "start_time"
            case endTime = "end_time"
            case isUnknown = "unknown"
            case causes
        }
    }

    struct ZoneSetCount: Codable {
        var zones: [Zone]
        var tweets: Int
    }

    struct HourCounts: Codable {
        var hour: Partition
        var tweets: Int
        var sets: [ZoneSetCount]
        /// Tweets of each of its minutes by zone set; only where it was asked for.
        var minutes: [[ZoneSetCount]]?
    }
}
