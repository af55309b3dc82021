/// What happened to an open segment besides its lines, kept beside it so that a crash loses no more
/// of it than of the lines. JSON lines: `docs/FORMAT.md`, "Spool".
package enum JournalEntry: Equatable, Sendable {
    case begin(SegmentHeader)
    case opened(SegmentManifest.ConnectionFacts)
    /// The open connection ended; its facts are now complete.
    case closed(SegmentManifest.ConnectionFacts)
    case clock(SegmentManifest.ClockFacts)
    case overlong(SegmentManifest.OverlongFacts)
    /// The first `bytes` bytes of the segment, which hold `lines` lines, are on the disk.
    case sync(SyncPoint)

    package struct SyncPoint: Codable, Equatable, Sendable {
        /// Since the segment was opened.
        package var ms: Int64
        package var lines: Int
        package var bytes: Int
        /// When the last byte of the open connection came.
        package var heard: Timestamp?
        /// The manifest's, so far.
        package var lineFeeds: Int?

        package init(
            ms: Int64, lines: Int, bytes: Int, heard: Timestamp?, lineFeeds: Int? = nil
        ) {
            self.ms = ms
            self.lines = lines
            self.bytes = bytes
            self.heard = heard
            self.lineFeeds = lineFeeds
        }
    }
}

extension JournalEntry: Codable {
    private enum Key: String, CodingKey {
        case t, stream, zone, name, software, source, connection, clock, overlong
        case ms, lines, bytes, heard
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let type = try values.decode(String.self, forKey: .t)
        switch type {
        case "begin":
            let text = try values.decode(String.self, forKey: .name)
            guard let name = SegmentName(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .name, in: values, debugDescription: "\"\(text)\" is not a name")
            }
            self = .begin(
                SegmentHeader(
                    stream: try values.decode(String.self, forKey: .stream),
                    zone: try values.decode(Zone.self, forKey: .zone), name: name,
                    software: try values.decode(String.self, forKey: .software),
                    source: try values.decode(
                        SegmentManifest.SourceFacts.self, forKey: .source)))
        case "opened":
            self = .opened(
                try values.decode(SegmentManifest.ConnectionFacts.self, forKey: .connection))
        case "closed":
            self = .closed(
                try values.decode(SegmentManifest.ConnectionFacts.self, forKey: .connection))
        case "clock":
            self = .clock(try values.decode(SegmentManifest.ClockFacts.self, forKey: .clock))
        case "overlong":
            self = .overlong(
                try values.decode(SegmentManifest.OverlongFacts.self, forKey: .overlong))
        case "sync": self = .sync(try SyncPoint(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .t, in: values, debugDescription: "\"\(type)\" is not a kind of entry")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        switch self {
        case .begin(let header):
            try values.encode("begin", forKey: .t)
            try values.encode(header.stream, forKey: .stream)
            try values.encode(header.zone, forKey: .zone)
            try values.encode(header.name.description, forKey: .name)
            try values.encode(header.software, forKey: .software)
            try values.encode(header.source, forKey: .source)
        case .opened(let connection):
            try values.encode("opened", forKey: .t)
            try values.encode(connection, forKey: .connection)
        case .closed(let connection):
            try values.encode("closed", forKey: .t)
            try values.encode(connection, forKey: .connection)
        case .clock(let clock):
            try values.encode("clock", forKey: .t)
            try values.encode(clock, forKey: .clock)
        case .overlong(let overlong):
            try values.encode("overlong", forKey: .t)
            try values.encode(overlong, forKey: .overlong)
        case .sync(let point):
            try values.encode("sync", forKey: .t)
            try point.encode(to: encoder)
        }
    }
}

/// What the entries of a journal add up to.
package struct JournalSummary: Equatable, Sendable {
    package var header: SegmentHeader?
    package var connections: [SegmentManifest.ConnectionFacts] = []
    package var clock = SegmentManifest.ClockFacts(offsetMs: 0, basis: .unchecked)
    package var overlong: SegmentManifest.OverlongFacts?
    package var arrivals: [SegmentManifest.Arrival] = []
    package var lastSync: JournalEntry.SyncPoint?

    package init() {}

    /// Reads the whole lines of a journal up to the first that a crash tore, or whose numbers no
    /// listener wrote.
    package init(journal: [UInt8]) {
        for line in journal.split(separator: UInt8(ascii: "\n")) {
            guard let entry = try? JSONDocument.decode(JournalEntry.self, from: line),
                entry.isPlausible
            else { return }
            add(entry)
        }
    }

    package mutating func add(_ entry: JournalEntry) {
        switch entry {
        case .begin(let header): self.header = header
        case .opened(let connection): connections.append(connection)
        case .closed(let connection):
            if let last = connections.indices.last, connections[last].id == connection.id {
                connections[last] = connection
            }
        case .clock(let clock): self.clock = clock
        case .overlong(let overlong): self.overlong = overlong
        case .sync(let point): add(point)
        }
    }

    private mutating func add(_ point: JournalEntry.SyncPoint) {
        if point.lines > arrivals.last?.lines ?? 0 {
            arrivals.append(SegmentManifest.Arrival(milliseconds: point.ms, lines: point.lines))
        }
        if let heard = point.heard, let last = connections.indices.last,
            connections[last].cause == nil
        {
            connections[last].to = max(connections[last].to, heard)
        }
        lastSync = point
    }
}
