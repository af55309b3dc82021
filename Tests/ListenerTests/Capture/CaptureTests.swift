import Shared
import TestSupport
import Testing

@testable import listener

/// ``Capture`` with a ``SegmentSink``: what a stream does, and what stands in the spool afterwards.
struct CaptureTests {
    /// One capture over a spool of its own.
    private final class Session {
        let directory: TemporaryDirectory
        let spool: Spool
        let control = CaptureControl()
        var rotation = RotationPolicy(
            segmentBytesMax: 64 << 20, segmentAge: .seconds(100_000 * 86_400))
        var lineBytesMax = 1 << 20
        var terminator = LineFramer.Terminator.crlf
        private(set) var manifests: [SegmentManifest] = []
        private(set) var remarks: [String] = []
        private(set) var source = ScriptedSource([])

        init(_ directory: TemporaryDirectory) throws {
            self.directory = directory
            spool = try Spool(directory.path)
        }

        func sink() throws -> SegmentSink {
            let configuration = SegmentSink.Configuration(
                stream: "default", zone: SampleStream.zone("a"),
                source: SegmentManifest.SourceFacts(kind: "x-filtered"), rotation: rotation,
                syncInterval: .seconds(1), limits: SampleStream.limits)
            return try SegmentSink(configuration, spool: spool) { [self] in manifests.append($0) }
        }

        func run(_ steps: [ScriptedSource.Step]) throws {
            source = ScriptedSource(steps)
            let capture = Capture(
                source: source, terminator: terminator, lineBytesMax: lineBytesMax,
                sink: try sink(),
                control: control
            ) { [self] in remarks.append($0.message) }
            try capture.run()
        }

        func lines(_ number: Int) throws -> [String] {
            let files = spool.files(of: manifests[number].name)
            guard manifests[number].object != nil else { return [] }
            return try SegmentCheck.lines(files.data).map { String(decoding: $0, as: UTF8.self) }
        }

        /// By a program that shares nothing with the writer.
        func verify() throws {
            try SegmentCheck.verify(manifests.map { spool.files(of: $0.name).manifest })
        }
    }

    private func with(_ body: (Session) throws -> Void) throws {
        try TemporaryDirectory.withFast { directory in try body(Session(directory)) }
    }

    private func line(_ id: Int) -> String { #"{"id":\#(id),"text":"t"}"# }

    private var rotate: (Session) -> ScriptedSource.Step {
        { session in .call { session.control.rotate() } }
    }

    // MARK: Lines

    @Test func `lines are stored as they came, however the bytes were cut`() throws {
        try with { session in
            let text = "\(line(1))\r\n\r\n\(line(2))\r\nnot JSON\r\n"
            try session.run([.connected()] + text.map { .bytes(String($0)) })
            #expect(try session.lines(0) == [line(1), line(2), "not JSON"])
            #expect(session.manifests.count == 1)
            #expect(session.manifests[0].records == 2)
            try session.verify()
        }
    }

    @Test func `bytes of a line that the connection did not finish are not stored`() throws {
        try with { session in
            try session.run([
                .connected(), .bytes("\(line(1))\r\n{\"id\":2"), .disconnected("a cable"),
                .connected(), .bytes("\(line(3))\r\n"),
            ])
            #expect(try session.lines(0) == [line(1), line(3)])
            #expect(
                session.remarks.contains(
                    "stream: disconnected: a cable: 7 bytes of an unfinished line were dropped"))
            try session.verify()
        }
    }

    @Test func `the end of the input ends its last line`() throws {
        try with { session in
            try session.run([.connected(.piped), .bytes("\(line(1))\r\n\(line(2))")])
            #expect(try session.lines(0) == [line(1), line(2)])
            #expect(session.manifests[0].connections.map(\.cause) == ["the end of the input"])
            #expect(session.manifests[0].connections.map(\.kind) == [.piped])
        }
    }

    @Test func `a line that is too long is kept aside and counted, and the next is whole`() throws {
        try with { session in
            session.lineBytesMax = 30
            let long = String(repeating: "x", count: 100)
            try session.run([.connected(), .bytes("\(line(1))\r\n\(long)\r\n\(line(2))\r\n")])
            #expect(try session.lines(0) == [line(1), line(2)])
            #expect(
                session.manifests[0].overlong
                    == SegmentManifest.OverlongFacts(lines: 1, bytes: 100))
            let pieces = session.spool.quarantinedPieces(of: session.manifests[0].name)
            #expect(pieces.count == 1)
            let file = try LocalFile.read(try #require(pieces.first).path)
            #expect(try file.read(0..<200) == Array(long.utf8.prefix(30)))
        }
    }

    // MARK: Connections

    @Test func `each connection stands in the manifest with its kind, cause and id`() throws {
        try with { session in
            try session.run([
                .connected(.backfill), .bytes("\(line(1))\r\n"), .disconnected("one"),
                .connected(clockOffset: .milliseconds(1500)), .disconnected("two"),
            ])
            let manifest = session.manifests[0]
            let instance = manifest.instance.hex
            #expect(manifest.connections.map(\.id) == ["\(instance)-1", "\(instance)-2"])
            #expect(manifest.connections.map(\.kind) == [.backfill, .live])
            #expect(manifest.connections.map(\.cause) == ["one", "two"])
            for connection in manifest.connections {
                #expect(manifest.received.first <= connection.from)
                #expect(connection.from <= connection.to)
                #expect(connection.to <= manifest.received.last)
            }
            #expect(manifest.clock.offsetMs == 1500)
            #expect(manifest.clock.basis == .dateHeader)
        }
    }

    @Test func `a back-fill covers the time before its opening that it was asked for`() throws {
        try with { session in
            try session.run([
                .connected(.backfill, backfill: .seconds(180)), .bytes("\(line(1))\r\n"),
            ])
            let connection = session.manifests[0].connections[0]
            let covers = try #require(connection.covers)
            #expect(covers.last == connection.from)
            #expect(covers.first.duration(to: covers.last) == .seconds(180))
            try session.verify()
        }
    }

    @Test func `spaces that stand for line feeds are counted in the segment of their line`() throws
    {
        try with { session in
            try session.run([
                .connected(), .bytes("{\n\"id\":1}\r\n"), rotate(session),
                .bytes("{\"id\":\n\n2}\r\n"), rotate(session), .bytes("\(line(3))\r\n"),
            ])
            #expect(session.manifests.map(\.lineFeeds) == [1, 2, nil])
            #expect(try session.lines(0) == [#"{ "id":1}"#])
            try session.verify()
        }
    }

    @Test func `what the server says about the connection reaches the source, posts do not`() throws
    {
        try with { session in
            let notices = [
                #"{"limit":{"track":5}}"#, #"{"disconnect":{"code":12}}"#,
                #"{"delete":{"status":{"id":1}}}"#,
                #"{"data":{"id":"9"},"errors":[{"disconnect_type":"ForceDisconnect"}]}"#,
            ]
            try session.run([.connected(), .bytes(notices.map { $0 + "\r\n" }.joined())])
            #expect(
                session.source.notices == [
                    .limit(undelivered: 5),
                    .disconnect(StreamDisconnect(code: 12, reason: nil)),
                ])
            #expect(try session.lines(0) == notices)
        }
    }

    @Test func `lengths that lie are told of, once for many`() throws {
        try with { session in
            session.terminator = .delimitedCRLF
            let text = "9\r\n\(line(1))\r\n"
            try session.run([.connected(), .bytes(text), .bytes(text), .bytes(text)])
            #expect(try session.lines(0) == [line(1), line(1), line(1)])
            #expect(session.remarks.filter { $0.contains("whose length") }.count == 1)
        }
    }

    @Test func `a connection goes on over rotations with one id and one cause`() throws {
        try with { session in
            try session.run([
                .connected(clockOffset: .milliseconds(-7)), .bytes("\(line(1))\r\n"),
                rotate(session), .bytes("\(line(2))\r\n"), rotate(session),
                .bytes("\(line(3))\r\n"), .disconnected("a cable"),
            ])
            let pieces = session.manifests.map(\.connections)
            #expect(pieces.map(\.count) == [1, 1, 1])
            #expect(Set(pieces.joined().map(\.id)).count == 1)
            #expect(pieces.joined().map(\.cause) == [nil, nil, "a cable"])
            for (manifest, piece) in zip(session.manifests, pieces.joined()).dropFirst() {
                #expect(piece.from == manifest.received.first)
                #expect(manifest.clock.offsetMs == -7)
            }
            #expect(try (0..<3).map { try session.lines($0) } == [[line(1)], [line(2)], [line(3)]])
            try session.verify()
        }
    }

    // MARK: The chain of segments

    @Test func `sequences have no holes, and each segment begins when the last was sealed`() throws
    {
        try with { session in
            let steps = (0..<5).flatMap { number -> [ScriptedSource.Step] in
                [.bytes("\(line(number + 1))\r\n"), rotate(session)]
            }
            try session.run([.connected()] + steps)
            #expect(session.manifests.map(\.sequence) == Array(0...5))
            #expect(Set(session.manifests.map(\.instance)).count == 1)
            for (one, next) in zip(session.manifests, session.manifests.dropFirst()) {
                #expect(one.received.last <= next.received.first)
            }
            #expect(session.manifests.map(\.lines) == [1, 1, 1, 1, 1, 0])
        }
    }

    @Test func `ten requests without a line between make one empty segment`() throws {
        try with { session in
            let ten = (0..<10).flatMap { _ in [rotate(session), .idle] }
            try session.run([.connected(), .bytes("\(line(1))\r\n")] + ten)
            // The one with the line, and the one that was open at the end.
            #expect(session.manifests.map(\.lines) == [1, 0])
        }
        try with { session in
            try session.run((0..<10).flatMap { _ in [rotate(session), .idle] })
            #expect(session.manifests.map(\.lines) == [0, 0])
        }
    }

    @Test func `a line between two requests makes both count`() throws {
        try with { session in
            try session.run([
                .connected(), rotate(session), .bytes("\(line(1))\r\n"), rotate(session), .idle,
                rotate(session),
            ])
            #expect(session.manifests.map(\.lines) == [0, 1, 0])
        }
    }

    @Test func `a segment that is full is sealed`() throws {
        try with { session in
            session.rotation.segmentBytesMax = 100
            let long = #"{"id":1,"text":"\#(String(repeating: "y", count: 500))"}"#
            try session.run([
                .connected(), .bytes("\(long)\r\n"), .idle, .bytes("\(line(2))\r\n"), .idle,
            ])
            #expect(session.manifests.map(\.lines) == [1, 1])
        }
    }

    @Test func `a segment in which nothing came is sealed in time all the same`() throws {
        try with { session in
            session.rotation.segmentAge = .seconds(300)
            let sink = try session.sink()
            let due = try #require(sink.nextDue)
            try sink.doDueWork(at: due.advanced(by: .seconds(-1)))
            #expect(session.manifests.isEmpty)
            try sink.doDueWork(at: due)
            #expect(session.manifests.map(\.lines) == [0])
            let manifest = try #require(session.manifests.first)
            #expect(manifest.object == nil)
            #expect(manifest.received.last.milliseconds % 300_000 == 0)
        }
    }

    @Test func `a sync is due so early that it can end within the interval, once`() throws {
        try with { session in
            let sink = try session.sink()
            let rest = try #require(sink.nextDue)
            let before = ContinuousClock.now
            try Array(line(1).utf8).withUnsafeBytes {
                try sink.append($0, RecordScanner().scan($0))
            }
            let due = try #require(sink.nextDue)
            #expect(due < rest)
            #expect(due > before.advanced(by: .milliseconds(500)))
            #expect(due < before.advanced(by: .milliseconds(1000)))
            let files = try session.directory.names()
            #expect(!files.contains { $0.hasSuffix(".open") })
            try sink.doDueWork(at: due)
            let synced = try session.directory.names()
            #expect(synced.contains { $0.hasSuffix(".open") })
            #expect(sink.nextDue == rest)
        }
    }

    // MARK: The end

    @Test func `a stop seals, closes the source and loses no whole line`() throws {
        try with { session in
            try session.run([
                .connected(), .bytes("\(line(1))\r\n\(line(2))\r\n{\"id\""),
                .call { session.control.stop() }, .bytes("\(line(3))\r\n"),
            ])
            #expect(try session.lines(0) == [line(1), line(2)])
            #expect(session.manifests.count == 1)
            #expect(
                session.manifests[0].connections.map(\.cause) == ["the listener was stopped"])
            #expect(session.source.isClosed)
            #expect(try session.spool.sealed() == [session.manifests[0].name])
        }
    }

    @Test func `a source that cannot go on ends the capture with its error, sealed`() throws {
        try with { session throws in
            let failure = ConfigurationError("stream: refused: check the token")
            let error = #expect(throws: ConfigurationError.self) {
                try session.run([.connected(), .bytes("\(line(1))\r\n"), .failed(failure)])
            }
            #expect(error?.message == failure.message)
            #expect(try session.lines(0) == [line(1)])
            #expect(session.manifests[0].connections.map(\.cause) == [failure.message])
            #expect(session.source.isClosed)
        }
    }

    @Test func `a spool that cannot be written ends the capture, and the source is closed`() throws
    {
        try with { session throws in
            #expect(throws: LocalFileError.self) {
                try session.run([
                    .connected(), .bytes("\(line(1))\r\n"),
                    .call {
                        for name in try session.directory.names() {
                            try session.directory.remove(name)
                        }
                        LocalDirectory.removeIfEmpty(session.directory.path)
                    },
                    rotate(session),
                ])
            }
            #expect(session.source.isClosed)
        }
    }
}

struct CaptureControlTests {
    @Test func `a request before there is a source is not lost`() {
        let control = CaptureControl()
        control.rotate()
        control.stop()
        let waker = StreamWaker()
        control.attach(waker)
        #expect(waker.takeWake())
        #expect(control.isStopAsked)
        #expect(control.takeRotation())
    }

    @Test func `a rotation is taken once, however often it was asked for`() {
        let control = CaptureControl()
        #expect(!control.takeRotation())
        for _ in 0..<3 { control.rotate() }
        #expect(control.takeRotation())
        #expect(!control.takeRotation())
        #expect(!control.isStopAsked)
    }

    @Test func `each request wakes the source`() {
        let control = CaptureControl()
        let waker = StreamWaker()
        control.attach(waker)
        _ = waker.takeWake()
        control.rotate()
        #expect(waker.takeWake())
        control.stop()
        #expect(waker.takeWake())
    }
}
