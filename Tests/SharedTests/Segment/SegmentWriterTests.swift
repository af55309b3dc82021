import Shared
import TestSupport
import Testing

@Suite struct SegmentWriterTests {
    private typealias Connection = SegmentManifest.ConnectionFacts

    private static let latestIDTime = SampleStream.limits.latestIDTime

    private static func writer(in directory: TemporaryDirectory) throws -> SegmentWriter {
        try SegmentWriter(SampleStream.header(), in: directory.path)
    }

    private static func files(_ directory: TemporaryDirectory) -> SegmentFiles {
        SegmentFiles(directory: directory.path, name: SampleStream.name())
    }

    @Test(arguments: [1, 50, 1200])
    func `a sealed segment holds the lines that were appended and its manifest is true`(
        count: Int
    ) throws {
        let seed = Seed()
        var stream = SampleStream(generator: seed.generator)
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            var lines: [[UInt8]] = []
            for number in 0..<count {
                let seconds = Double(number) / 10
                lines.append(stream.line(seconds: seconds))
                // Some lines are long enough to fill members.
                if stream.generator.once(in: 12) {
                    lines.append(
                        Array("{\"data\":{\"id\":\"\(SampleStream.id(seconds))\",\"text\":\"".utf8)
                            + [UInt8](repeating: 0x61, count: stream.generator.below(60_000))
                            + Array("\"}}".utf8))
                }
                for line in lines.suffix(from: writer.lines) { try writer.append(line) }
                if stream.generator.once(in: 20) {
                    try writer.sync(at: SampleStream.time(seconds), heard: nil)
                }
            }
            let manifest = try writer.seal(
                at: SampleStream.time(Double(count)), heard: nil, latestIDTime: Self.latestIDTime)
            let files = Self.files(directory)
            #expect(try SegmentCheck.lines(files.data) == lines, "\(seed)")
            try SegmentCheck.verify([files.manifest])
            #expect(Shell.succeeds(["gunzip", "-t", files.data]))
            #expect(manifest.lines == lines.count)
            #expect(manifest.salvage == nil)
            #expect(count < 1200 || manifest.members.count > 2)
            let names = ["\(SampleStream.name()).json", "\(SampleStream.name()).ndjson.gz"]
            #expect(try directory.names() == names)
            let read = try directory.read(names[0])
            #expect(read == manifest.encoded() + [UInt8(ascii: "\n")])
            #expect(try SegmentManifest.decode(read, from: "x") == manifest)
        }
    }

    @Test func `a silent segment has a manifest, no object and no data`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            try writer.sync(at: SampleStream.time(1), heard: nil)
            let manifest = try writer.seal(
                at: SampleStream.time(300), heard: nil, latestIDTime: Self.latestIDTime)
            #expect(try directory.names() == ["\(SampleStream.name()).json"])
            #expect(manifest.object == nil && manifest.ids == nil && manifest.members.isEmpty)
            #expect(manifest.arrivals.isEmpty && manifest.hours.isEmpty)
            #expect(manifest.received.last == SampleStream.time(300))
            #expect(manifest.partitions == [Partition(containing: SampleStream.start)])
            try SegmentCheck.verify([Self.files(directory).manifest])
        }
    }

    @Test func `what the header says stands in the manifest and in the name`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try SegmentWriter(SampleStream.header(sequence: 7), in: directory.path)
            let manifest = try writer.seal(
                at: SampleStream.time(1), heard: nil, latestIDTime: Self.latestIDTime)
            #expect(manifest.name == SampleStream.name(sequence: 7))
            #expect(manifest.zone.name == "use1-az4")
            #expect(manifest.stream == "default" && manifest.software == "tests/1")
            #expect(manifest.source == SampleStream.header().source)
            #expect(manifest.clock == SegmentManifest.ClockFacts(offsetMs: 0, basis: .unchecked))
            #expect(
                try directory.names() == ["20261122T183000.000Z-0123456789abcdef-00000007.json"])
        }
    }

    // MARK: Ids

    @Test(arguments: [
        (SegmentManifest.ClockFacts(offsetMs: 0, basis: .unchecked), "2026-11-23T18"),
        (SegmentManifest.ClockFacts(offsetMs: 3_600_000, basis: .dateHeader), "2026-11-23T19"),
        (SegmentManifest.ClockFacts(offsetMs: -3_600_000, basis: .dateHeader), "2026-11-23T17"),
        (SegmentManifest.ClockFacts(offsetMs: 43_200_000, basis: .dateHeader), "2026-11-24T06"),
        // No more than 12 hours count, so that a mad clock cannot open the door.
        (SegmentManifest.ClockFacts(offsetMs: Int64.max, basis: .dateHeader), "2026-11-24T06"),
        (SegmentManifest.ClockFacts(offsetMs: Int64.min, basis: .dateHeader), "2026-11-23T06"),
        (SegmentManifest.ClockFacts(offsetMs: 0, basis: .content), "2030-01-01T00"),
    ])
    func `an id of the last plausible hour is a record and one of the next is unreadable`(
        clock: SegmentManifest.ClockFacts, last: String
    ) throws {
        let end = try #require(Partition(last)).end
        let firstBehind = (end.milliseconds - 1_288_834_974_657) << 22
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            try writer.clockMeasured(clock)
            for id in [firstBehind - 1, firstBehind, SampleStream.id(0)] {
                try writer.append(Array(#"{"id":\#(id)}"#.utf8))
                try writer.append(Array(#"{"delete":{"status":{"id":\#(id)}}}"#.utf8))
            }
            let manifest = try writer.seal(
                at: SampleStream.time(60),
                heard: nil, latestIDTime: try #require(Timestamp("2030-01-01T00:00:00Z")))
            #expect(manifest.records == 2 && manifest.notices == 3 && manifest.unreadable == 1)
            #expect(manifest.ids?.max.rawValue == firstBehind - 1)
            #expect(manifest.hours.last?.hour.description == last)
            #expect(manifest.hours.map(\.notices).reduce(0, +) == 3)
            #expect(manifest.hours.first?.notices == 2, "an implausible one belongs to the home")
            #expect(manifest.members.last?.maxID == manifest.ids?.max)
            if clock.offsetMs != .max && clock.offsetMs != .min {
                try SegmentCheck.verify(
                    [Self.files(directory).manifest], latestIDTime: "2030-01-01T00:00:00.000Z")
            }
        }
    }

    @Test
    func `an id that only the end of the segment makes plausible is in the ids of its member`()
        throws
    {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            let id = SampleStream.id(5 * 3600)
            try writer.append(Array(#"{"id":\#(id)}"#.utf8))
            try writer.append([UInt8](repeating: 0x20, count: 1 << 20))
            try writer.append(Array(#"{"id":5}"#.utf8))
            let manifest = try writer.seal(
                at: SampleStream.time(60), heard: nil, latestIDTime: Self.latestIDTime)
            #expect(manifest.members.map(\.minID?.rawValue) == [id, 5])
            #expect(manifest.members.map(\.maxID?.rawValue) == [id, 5])
            try SegmentCheck.verify([Self.files(directory).manifest])
        }
    }

    // MARK: Journal

    @Test func `arrivals have one entry for each interval in which lines came`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            func append(_ count: Int) throws {
                for _ in 0..<count { try writer.append(Array("{}".utf8)) }
            }
            try writer.sync(at: SampleStream.time(1), heard: nil)
            try append(2)
            try writer.sync(at: SampleStream.time(2), heard: nil)
            try writer.sync(at: SampleStream.time(3), heard: nil)
            try append(3)
            try writer.sync(at: SampleStream.time(4.5), heard: nil)
            try append(1)
            let manifest = try writer.seal(
                at: SampleStream.time(5.25), heard: nil, latestIDTime: Self.latestIDTime)
            typealias Arrival = SegmentManifest.Arrival
            #expect(
                manifest.arrivals == [
                    Arrival(milliseconds: 2000, lines: 2), Arrival(milliseconds: 4500, lines: 5),
                    Arrival(milliseconds: 5250, lines: 6),
                ])
            try SegmentCheck.verify([Self.files(directory).manifest])
        }
    }

    @Test func `connections end with what closed them, and an open one with its last byte`() throws
    {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            let first = Connection(
                id: "a", from: SampleStream.time(0), to: SampleStream.time(0), kind: .live)
            try writer.connectionOpened(first)
            try writer.sync(at: SampleStream.time(2), heard: SampleStream.time(1.5))
            var ended = first
            ended.to = SampleStream.time(3)
            ended.cause = "end of stream"
            try writer.connectionClosed(ended)
            // A sync between connections must not lengthen the one that ended.
            try writer.sync(at: SampleStream.time(5), heard: SampleStream.time(4.9))
            let second = Connection(
                id: "b", from: SampleStream.time(6), to: SampleStream.time(6), kind: .backfill,
                covers: SegmentManifest.ReceivedSpan(
                    first: SampleStream.time(3), last: SampleStream.time(6)))
            try writer.connectionOpened(second)
            try writer.sync(at: SampleStream.time(8), heard: SampleStream.time(7.5))
            let manifest = try writer.seal(
                at: SampleStream.time(9), heard: nil, latestIDTime: Self.latestIDTime)
            var goesOn = second
            goesOn.to = SampleStream.time(7.5)
            #expect(manifest.connections == [ended, goesOn])
        }
    }

    @Test func `an overlong line is counted and its head kept, and is not in the segment`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            for (head, bytes) in [("abc", 100), ("xyz", 5000)] {
                try Array(head.utf8).withUnsafeBytes {
                    try writer.appendOverlong(head: $0, bytes: bytes)
                }
            }
            try writer.append(Array("{}".utf8))
            let manifest = try writer.seal(
                at: SampleStream.time(1), heard: nil, latestIDTime: Self.latestIDTime)
            #expect(manifest.lines == 1)
            #expect(manifest.overlong == SegmentManifest.OverlongFacts(lines: 2, bytes: 5100))
            let name = SampleStream.name()
            #expect(try directory.read("\(name)-1.bin") == Array("abc".utf8))
            #expect(try directory.read("\(name)-2.bin") == Array("xyz".utf8))
        }
    }

    @Test func `every entry of the journal is read back as it was written`() throws {
        let connection = Connection(
            id: "a", from: SampleStream.time(0), to: SampleStream.time(1), kind: .recovery,
            covers: SegmentManifest.ReceivedSpan(
                first: SampleStream.time(-9), last: SampleStream.time(0)),
            cause: "end: \"quoted\" / \u{1F600}")
        let entries: [JournalEntry] = [
            .begin(SampleStream.header()), .opened(connection), .closed(connection),
            .clock(SegmentManifest.ClockFacts(offsetMs: -5, basis: .dateHeader)),
            .overlong(SegmentManifest.OverlongFacts(lines: 1, bytes: 2)),
            .sync(JournalEntry.SyncPoint(ms: 1, lines: 2, bytes: 3, heard: SampleStream.time(4))),
            .sync(JournalEntry.SyncPoint(ms: 1, lines: 2, bytes: 3, heard: nil)),
        ]
        for entry in entries {
            let bytes = JSONDocument.encode(entry)
            #expect(!bytes.contains(UInt8(ascii: "\n")))
            #expect(try JSONDocument.decode(JournalEntry.self, from: bytes) == entry)
        }
        for text in [#"{"t":"new"}"#, "{}", #"{"t":"begin","name":"x"}"#, #"{"t":"sync"}"#] {
            #expect(throws: DecodingError.self) {
                try JSONDocument.decode(JournalEntry.self, from: Array(text.utf8))
            }
        }
    }

    // MARK: Failures

    @Test func `after a failed write the writer refuses everything`() throws {
        try TemporaryDirectory.with { directory in
            let folder = try directory.folder("gone")
            let writer = try Self.writer(in: folder)
            try writer.append(Array("{}".utf8))
            try directory.remove("gone")
            let failure = #expect(throws: LocalFileError.self) {
                try writer.sync(at: SampleStream.time(1), heard: nil)
            }
            #expect(failure?.code == .notFound)
            Self.expectLatched(writer)
        }
    }

    @Test func `a disk that is full when the manifest is written latches, and nothing is lost`()
        throws
    {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            let files = Self.files(directory)
            for number in 1...100 { try writer.append(Array("{\"id\":\(number)}".utf8)) }
            _ = try Shell.run(["ln", "-s", "/dev/full", files.newManifest])
            let failure = #expect(throws: LocalFileError.self) {
                try writer.seal(
                    at: SampleStream.time(1), heard: nil, latestIDTime: Self.latestIDTime)
            }
            #expect(failure?.code == .noSpace)
            Self.expectLatched(writer)
            try LocalDirectory.remove(files.newManifest)
            let recovery = SegmentRecovery(
                files, fallback: SampleStream.fallback(), limits: SampleStream.limits)
            #expect(try recovery.run().lines == 100)
            try SegmentCheck.verify([files.manifest])
        }
    }

    @Test func `a disk that is full when an overlong line is kept latches`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            let path = Self.files(directory).quarantined(1)
            _ = try Shell.run(["ln", "-s", "/dev/full", path])
            let failure = #expect(throws: LocalFileError.self) {
                try [UInt8(1)].withUnsafeBytes { try writer.appendOverlong(head: $0, bytes: 9) }
            }
            #expect(failure?.code == .noSpace)
            Self.expectLatched(writer)
        }
    }

    @Test func `a sealed writer refuses everything`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            try writer.seal(at: SampleStream.time(1), heard: nil, latestIDTime: Self.latestIDTime)
            Self.expectLatched(writer)
            #expect(try directory.names().count == 1)
        }
    }

    @Test func `a name that is taken is never written over`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try Self.writer(in: directory)
            let error = #expect(throws: LocalFileError.self) { try Self.writer(in: directory) }
            #expect(error?.code == .exists)
            try writer.append(Array("{}".utf8))
            try directory.write([1], to: "\(SampleStream.name()).ndjson.gz.open")
            #expect(throws: LocalFileError.self) {
                try writer.sync(at: SampleStream.time(1), heard: nil)
            }
            #expect(try directory.read("\(SampleStream.name()).ndjson.gz.open") == [1])
        }
    }

    private static func expectLatched(_ writer: SegmentWriter) {
        let connection = Connection(
            id: "a", from: SampleStream.start, to: SampleStream.start, kind: .live)
        let attempts: [() throws -> Void] = [
            { try writer.append(Array("{}".utf8)) },
            { try writer.sync(at: SampleStream.time(2), heard: nil) },
            { try writer.connectionOpened(connection) },
            { try writer.connectionClosed(connection) },
            { try writer.clockMeasured(.init(offsetMs: 0, basis: .unchecked)) },
            { try [UInt8(1)].withUnsafeBytes { try writer.appendOverlong(head: $0, bytes: 9) } },
            { try writer.seal(at: SampleStream.time(2), heard: nil, latestIDTime: latestIDTime) },
        ]
        for attempt in attempts {
            let error = #expect(throws: SegmentError.self) { try attempt() }
            #expect(error?.code == .latched)
        }
    }
}
