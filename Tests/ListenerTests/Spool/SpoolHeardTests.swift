import Shared
import TestSupport
import Testing

@testable import listener

struct SpoolHeardTests {
    private func manifest(
        _ directory: String, heard: Timestamp?, kind: ConnectionKind = .live,
        post: Double? = nil
    ) throws -> SegmentManifest {
        let writer = try SegmentWriter(SampleStream.header(), in: directory)
        if let heard {
            try writer.connectionOpened(
                SegmentManifest.ConnectionFacts(
                    id: "a", from: SampleStream.start, to: heard, kind: kind))
        }
        if let post {
            let line = Array(#"{"data":{"id":"\#(SampleStream.id(post))","text":"t"}}"#.utf8)
            try line.withUnsafeBytes { try writer.append($0, RecordScanner().scan($0)) }
        }
        return try writer.seal(
            at: SampleStream.time(100), heard: heard,
            latestIDTime: SampleStream.limits.latestIDTime)
    }

    @Test func `the latest moment that any segment heard the stream is there at the next start`()
        throws
    {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(directory.path)
            #expect(spool.memory.lastHeard == nil)
            for (heard, last) in [(7, 7), (9, 9), (8, 9), (nil, 9)] {
                try TemporaryDirectory.withFast { other in
                    let heard = heard.map { SampleStream.time(Double($0)) }
                    spool.noteHeard(try manifest(other.path, heard: heard))
                }
                #expect(spool.memory.lastHeard == SampleStream.time(Double(last)))
            }
            #expect(try spool.sealed().isEmpty)
        }
    }

    @Test(arguments: [(nil, nil), (-120, nil), (-1, nil), (0, 7), (5, 7)])
    func `a back-fill tells of the stream once it has brought a post that is newer than itself`(
        post: Double?, last: Double?
    ) throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(directory.path)
            try TemporaryDirectory.withFast { other in
                spool.noteHeard(
                    try manifest(
                        other.path, heard: SampleStream.time(7), kind: .backfill, post: post))
            }
            #expect(spool.memory.lastHeard == last.map { SampleStream.time($0) })
        }
    }

    @Test func `a file that a crash tore tells nothing`() throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(directory.path)
            try directory.write(Array("2026-11-2".utf8), to: "heard")
            #expect(spool.memory.lastHeard == nil)
        }
    }

    @Test func `whom an account followed is there as a whole or not at all`() throws {
        try TemporaryDirectory.withFast { directory in
            let memory = StreamMemory(in: directory.path)
            #expect(memory.followed(by: "somebody") == nil)
            memory.noteFollowed([12, 3_456, 78], by: "somebody")
            #expect(memory.followed(by: "somebody") == [12, 3_456, 78])
            #expect(memory.followed(by: "other") == nil)
            let whole = try directory.read("followed")
            for length in 0..<whole.count {
                try directory.write(Array(whole[..<length]), to: "followed")
                #expect(memory.followed(by: "somebody") == nil, "cut to \(length)")
            }
        }
    }

    @Test func `a moment that has not come yet tells nothing, and is written over`() throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(directory.path)
            let later = Timestamp.now.advanced(by: .seconds(86_400))
            try directory.write(Array(later.description.utf8), to: "heard")
            #expect(spool.memory.lastHeard == nil)
            #expect(spool.memory.past.wasHeard)
            try TemporaryDirectory.withFast { other in
                spool.noteHeard(try manifest(other.path, heard: SampleStream.time(7)))
            }
            #expect(spool.memory.lastHeard == SampleStream.time(7))
        }
    }

    @Test(arguments: [(-1, false), (1, true), (890, true), (910, false), (86_400, false)])
    func `attempts of an earlier run count until their time, and not longer than they can`(
        seconds: Int, counts: Bool
    ) throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(directory.path)
            #expect(spool.memory.past.attemptsFreeAt == nil)
            let freeAt = ContinuousClock.now + .seconds(seconds)
            spool.memory.noteAttempts(freeAt: freeAt)
            let read = spool.memory.past.attemptsFreeAt
            #expect((read != nil) == counts)
            if let read { #expect(abs(read.duration(to: freeAt) / .seconds(1)) < 0.5) }
            #expect(try spool.sealed().isEmpty)
        }
    }
}
