import Shared
import TestSupport
import Testing

@testable import listener

/// ``Capture`` on a disk that becomes full, and has room again.
struct CapturePauseTests {
    private static let capBytes = 1 << 20

    private final class Session {
        let spool: Spool
        let control = CaptureControl()
        private(set) var manifests: [SegmentManifest] = []
        private let directory: TemporaryDirectory

        init(_ directory: TemporaryDirectory) throws {
            self.directory = directory
            spool = try Spool(
                directory.path, room: RoomPolicy(capBytes: capBytes, floorBytes: 0))
        }

        /// A file of the size of the cap comes, or goes.
        func fill() throws {
            try directory.write([UInt8](repeating: 0, count: capBytes), to: "filler")
            try spool.room.scan()
        }

        func free() throws { try directory.remove("filler") }

        func run(_ steps: [ScriptedSource.Step]) throws {
            let configuration = SegmentSink.Configuration(
                stream: "default", zone: SampleStream.zone("a"),
                source: SegmentManifest.SourceFacts(kind: "x-filtered"),
                rotation: RotationPolicy(
                    segmentBytesMax: 64 << 20, segmentAge: .seconds(100_000 * 86_400)),
                syncInterval: .seconds(1), limits: SampleStream.limits)
            let sink = try SegmentSink(configuration, spool: spool) { [self] in
                manifests.append($0)
            }
            let gate = RoomGate(
                spool.room, subject: "spool", interval: .zero, logger: SpoolSite.quiet)
            let capture = Capture(
                source: ScriptedSource(steps), terminator: .crlf, lineBytesMax: 1 << 20,
                sink: sink, control: control, gate: gate
            ) { _ in }
            try capture.run()
        }

        func lines() throws -> [[String]] {
            try manifests.map { manifest in
                guard manifest.object != nil else { return [] }
                return try SegmentCheck.lines(spool.files(of: manifest.name).data)
                    .map { String(decoding: $0, as: UTF8.self) }
            }
        }

        func openFiles() throws -> [String] {
            try directory.names().filter { $0.hasSuffix(".open") || $0.hasSuffix(".journal") }
        }

        func verify() throws {
            try SegmentCheck.verify(manifests.map { spool.files(of: $0.name).manifest })
        }
    }

    private func with(_ body: (Session) throws -> Void) throws {
        try TemporaryDirectory.withFast { directory in try body(Session(directory)) }
    }

    private func line(_ id: Int) -> String { #"{"id":\#(id),"text":"t"}"# }

    @Test func `a full spool seals what is open, reads nothing, and goes on when there is room`()
        throws
    {
        try with { session in
            try session.run([
                .connected(), .bytes("\(line(1))\r\n"), .call { try session.fill() },
                .rest {
                    #expect(session.manifests.map(\.lines) == [1])
                    let open = try session.openFiles()
                    #expect(open == [])
                    #expect(session.spool.room.measure().isFull)
                },
                .rest {}, .rest { try session.free() }, .bytes("\(line(2))\r\n"),
            ])
            #expect(try session.lines() == [[line(1)], [line(2)]])
            #expect(session.manifests.map(\.sequence) == [0, 1])
            try session.verify()
        }
    }

    @Test func `a connection ends with its last byte before a pause and goes on after it`() throws {
        try with { session in
            var paused: Timestamp?
            try session.run([
                .connected(), .bytes("\(line(1))\r\n"), .call { try session.fill() },
                .rest { paused = .now },
                .rest {
                    let end = ContinuousClock.now.advanced(by: .milliseconds(30))
                    StreamWaker().wait(until: end)
                    try session.free()
                },
                .bytes("\(line(2))\r\n"), .disconnected("a cable"),
            ])
            let pieces = session.manifests.map { $0.connections }
            #expect(pieces.map(\.count) == [1, 1])
            #expect(pieces[0][0].id == pieces[1][0].id)
            #expect(pieces[0][0].cause == nil)
            #expect(pieces[1][0].cause == "a cable")
            let start = try #require(paused)
            #expect(pieces[0][0].to <= start)
            #expect(pieces[1][0].from >= start.advanced(by: .milliseconds(30)))
            #expect(session.manifests[0].received.last <= start)
            #expect(session.manifests[1].received.first == pieces[1][0].from)
        }
    }

    @Test func `a line that a pause cuts in two is whole afterwards`() throws {
        try with { session in
            try session.run([
                .connected(), .bytes("\(line(1))\r\n{\"id\":"), .call { try session.fill() },
                .rest { try session.free() }, .bytes("2}\r\n"),
            ])
            #expect(try session.lines() == [[line(1)], [#"{"id":2}"#]])
        }
    }

    @Test func `neither requests nor the timer make segments while there is no room`() throws {
        try with { session in
            try session.run(
                [.connected(), .bytes("\(line(1))\r\n"), .call { try session.fill() }]
                    + (0..<100).map { _ in .rest { session.control.rotate() } }
                    + [.rest { try session.free() }, .bytes("\(line(2))\r\n")])
            #expect(session.manifests.map(\.lines) == [1, 1])
        }
    }

    @Test func `a stop while there is no room ends at once with everything sealed`() throws {
        try with { session in
            try session.run([
                .connected(), .bytes("\(line(1))\r\n{"), .call { try session.fill() },
                .rest { session.control.stop() }, .bytes("never read"),
            ])
            #expect(try session.lines() == [[line(1)]])
            #expect(try session.openFiles() == [])
            try session.verify()
        }
    }

    @Test func `a pause that comes again and again seals each time and loses nothing`() throws {
        try with { session in
            let steps = (1...20).flatMap { number -> [ScriptedSource.Step] in
                [
                    .bytes("\(line(number))\r\n"), .call { try session.fill() }, .rest {},
                    .rest { try session.free() },
                ]
            }
            try session.run([.connected()] + steps)
            #expect(try Array(session.lines().joined()) == (1...20).map(line))
            #expect(session.manifests.map(\.sequence) == Array(0...20))
            try session.verify()
        }
    }
}

struct RoomGateTests {
    private func gate(_ spool: Spool, interval: Duration) -> RoomGate {
        RoomGate(spool.room, subject: "spool", interval: interval, logger: SpoolSite.quiet)
    }

    @Test func `the room is looked at once a second, however long the interval is`() throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(
                directory.path, room: RoomPolicy(capBytes: 1000, floorBytes: 0))
            var gate = gate(spool, interval: .seconds(60))
            let start = gate.nextLook
            func look(_ milliseconds: Int) -> RoomGate.Change? {
                gate.look(at: start.advanced(by: .milliseconds(milliseconds)))
            }
            #expect(look(0) == nil)
            try directory.write([UInt8](repeating: 0, count: 1000), to: "filler")
            try spool.room.scan()
            #expect(look(999) == nil)
            #expect(look(1000) == .pause)
            #expect(gate.isPaused)
            try directory.remove("filler")
            #expect(look(1999) == nil)
            #expect(look(2000) == .resume)
            #expect(!gate.isPaused)
        }
    }

    @Test func `a start without room waits for it, or for a stop`() throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(
                directory.path, room: RoomPolicy(capBytes: 1000, floorBytes: 0))
            let control = CaptureControl()
            try directory.write([UInt8](repeating: 0, count: 1000), to: "filler")
            try spool.room.scan()
            var stopped = gate(spool, interval: .zero)
            let source = ScriptedSource([.rest {}, .rest { control.stop() }])
            let isStopped = !stopped.waitForRoom(source, control)
            #expect(isStopped)
            var freed = gate(spool, interval: .zero)
            let patient = ScriptedSource([.rest {}, .rest { try directory.remove("filler") }])
            let hasRoom = freed.waitForRoom(patient, CaptureControl())
            #expect(hasRoom)
        }
    }
}
