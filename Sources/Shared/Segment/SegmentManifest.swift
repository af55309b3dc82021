/// The facts about a sealed segment, version 1: `docs/FORMAT.md` and
/// `docs/schema/manifest.schema.json` say the same in prose and as a schema.
///
/// A manifest is a claim of whoever wrote it. Readers check it against the bytes.
package struct SegmentManifest: Codable, Equatable, Sendable {
    package static let currentFormat = 1

    package var format = Self.currentFormat
    package var stream: String
    package var zone: Zone
    package var instance: ListenerInstance
    /// From 0, without holes within one instance.
    package var sequence: Int
    /// Program and version, such as `tributary-listener/1.0.0`.
    package var software: String
    /// Nil where no line was received: then there is no data object.
    package var object: ObjectFacts?
    package var raw: RawFacts
    /// Lines in the segment: records + notices + unreadable.
    package var lines: Int
    package var records: Int
    package var notices: Int
    /// Lines that are not JSON, have no readable id, or an implausible one.
    package var unreadable: Int
    /// Lines that were longer than the dataset's limit and are not in the segment, if any.
    package var overlong: OverlongFacts?
    /// Bare LFs between JSON tokens that became spaces, if any.
    package var lineFeeds: Int?
    /// Nil where there is no record.
    package var ids: IDRange?
    /// The partitions that a record or notice belongs to, ascending.
    package var hours: [HourFacts]
    /// The span that the segment stands for: from its opening to its sealing.
    package var received: ReceivedSpan
    package var clock: ClockFacts
    /// Ascending in both; one entry a sync interval in which lines came.
    package var arrivals: [Arrival]
    package var connections: [ConnectionFacts]
    /// In order of their offsets, covering the object without holes.
    package var members: [MemberFacts]
    package var salvage: SalvageFacts?
    package var source: SourceFacts

    package struct ObjectFacts: Codable, Equatable, Sendable {
        package var key: String
        package var bytes: Int
        package var sha256: ContentDigest

        package init(key: String, bytes: Int, sha256: ContentDigest) {
            self.key = key
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// The inflated segment: lines, each with one LF behind it.
    package struct RawFacts: Codable, Equatable, Sendable {
        package var bytes: Int
        package var sha256: ContentDigest

        package init(bytes: Int, sha256: ContentDigest) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    package struct OverlongFacts: Codable, Equatable, Sendable {
        package var lines: Int
        package var bytes: Int

        package init(lines: Int, bytes: Int) {
            self.lines = lines
            self.bytes = bytes
        }
    }

    package struct IDRange: Codable, Equatable, Sendable {
        package var min: TweetID
        package var max: TweetID

        package init(min: TweetID, max: TweetID) {
            self.min = min
            self.max = max
        }
    }

    package struct HourFacts: Codable, Equatable, Sendable {
        package var hour: Partition
        package var records: Int
        package var notices: Int

        package init(hour: Partition, records: Int, notices: Int) {
            self.hour = hour
            self.records = records
            self.notices = notices
        }
    }

    package struct ReceivedSpan: Codable, Equatable, Sendable {
        package var first: Timestamp
        package var last: Timestamp

        package init(first: Timestamp, last: Timestamp) {
            self.first = first
            self.last = last
        }
    }

    package struct ClockFacts: Codable, Equatable, Sendable {
        package enum Basis: String, Codable, Sendable {
            /// Compared with the `Date` header of the stream's server: good to a second.
            case dateHeader = "date-header"
            /// Not compared with anything.
            case unchecked
            /// Times were taken from the content, since nobody was there to see it arrive.
            case content
        }

        /// The server's clock minus ours.
        package var offsetMs: Int64
        package var basis: Basis

        package init(offsetMs: Int64, basis: Basis) {
            self.offsetMs = offsetMs
            self.basis = basis
        }
    }

    /// Written as `[milliseconds since received.first, lines so far]`.
    package struct Arrival: Equatable, Sendable {
        package var milliseconds: Int64
        package var lines: Int

        package init(milliseconds: Int64, lines: Int) {
            self.milliseconds = milliseconds
            self.lines = lines
        }
    }

    /// A connection, or the piece of one that falls into this segment.
    package struct ConnectionFacts: Codable, Equatable, Sendable {
        /// Unique within a zone; a piece with the same id in the next sequence continues it.
        package var id: String
        /// When the server answered 200, or the beginning of the segment where it was open before.
        package var from: Timestamp
        /// When the last byte came.
        package var to: Timestamp
        package var kind: ConnectionKind
        /// The post time that a back-fill or an adopted file stands for.
        package var covers: ReceivedSpan?
        /// Why it ended. Nil where it goes on in the next sequence.
        package var cause: String?

        package init(
            id: String, from: Timestamp, to: Timestamp, kind: ConnectionKind,
            covers: ReceivedSpan? = nil, cause: String? = nil
        ) {
            self.id = id
            self.from = from
            self.to = to
            self.kind = kind
            self.covers = covers
            self.cause = cause
        }
    }

    /// Causes that say more than that a connection is over.
    package enum Cause {
        /// An orderly end: nobody listens until a listener is started again.
        package static let stopped = "the listener was stopped"
        /// A re-stream brought all that was asked for.
        package static let recovered = "the recovery is complete"
    }

    /// One gzip member: whole lines.
    package struct MemberFacts: Codable, Equatable, Sendable {
        /// From the start of the object, in bytes.
        package var offset: Int
        /// Compressed, gzip header and trailer included.
        package var bytes: Int
        /// Inflated.
        package var raw: Int
        package var lines: Int
        /// Nil where the member holds no record.
        package var minID: TweetID?
        package var maxID: TweetID?

        package init(
            offset: Int, bytes: Int, raw: Int, lines: Int, minID: TweetID?, maxID: TweetID?
        ) {
            self.offset = offset
            self.bytes = bytes
            self.raw = raw
            self.lines = lines
            self.minID = minID
            self.maxID = maxID
        }
    }

    /// What recovery did to a segment that was not sealed by its listener.
    package struct SalvageFacts: Codable, Equatable, Sendable {
        /// Lines that were saved from the torn member.
        package var records: Int
        /// Inflated bytes behind the last whole line, and compressed bytes that do not inflate.
        package var bytesLost: Int

        package init(records: Int, bytesLost: Int) {
            self.records = records
            self.bytesLost = bytesLost
        }
    }

    package struct SourceFacts: Codable, Equatable, Sendable {
        package var kind: String
        /// Without credentials and query.
        package var url: String?
        /// A digest of what was asked for: rules or follow list, and parameters. Zones are compared
        /// only where it is equal.
        package var selection: String?

        package init(kind: String, url: String? = nil, selection: String? = nil) {
            self.kind = kind
            self.url = url
            self.selection = selection
        }
    }

    package init(
        stream: String, zone: Zone, instance: ListenerInstance, sequence: Int, software: String,
        object: ObjectFacts?, raw: RawFacts, lines: Int, records: Int, notices: Int,
        unreadable: Int, overlong: OverlongFacts?, lineFeeds: Int? = nil, ids: IDRange?,
        hours: [HourFacts],
        received: ReceivedSpan, clock: ClockFacts, arrivals: [Arrival],
        connections: [ConnectionFacts], members: [MemberFacts], salvage: SalvageFacts?,
        source: SourceFacts
    ) {
        self.stream = stream
        self.zone = zone
        self.instance = instance
        self.sequence = sequence
        self.software = software
        self.object = object
        self.raw = raw
        self.lines = lines
        self.records = records
        self.notices = notices
        self.unreadable = unreadable
        self.overlong = overlong
        self.lineFeeds = lineFeeds
        self.ids = ids
        self.hours = hours
        self.received = received
        self.clock = clock
        self.arrivals = arrivals
        self.connections = connections
        self.members = members
        self.salvage = salvage
        self.source = source
    }
}

/// What a connection stands for.
package enum ConnectionKind: String, Codable, Sendable {
    /// Posts as they were made.
    case live
    /// A live connection that began with posts missed before it.
    case backfill
    /// A re-stream of a past span, which ends by itself.
    case recovery
    /// A pipe or file on standard input.
    case piped
    /// A foreign file, whose span is what its owner says.
    case claimed
}

extension SegmentManifest.Arrival: Codable {
    package init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        milliseconds = try container.decode(Int64.self)
        lines = try container.decode(Int.self)
        guard container.isAtEnd else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "an arrival has two numbers")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(milliseconds)
        try container.encode(lines)
    }
}
