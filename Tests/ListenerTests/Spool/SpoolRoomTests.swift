import Foundation
import Shared
import TestSupport
import Testing

@testable import listener

struct SpoolRoomTests {
    private let lines = [#"{"id":1,"text":"a"}"#, #"{"id":2,"text":"b"}"#]

    /// What Foundation finds in the directory and below it.
    private func bytes(_ site: SpoolSite) throws -> Int {
        let manager = FileManager.default
        let paths = try manager.subpathsOfDirectory(atPath: site.spoolPath)
        return try paths.reduce(0) { sum, path in
            let facts = try manager.attributesOfItem(atPath: "\(site.spoolPath)/\(path)")
            guard facts[.type] as? FileAttributeType == .typeRegular else { return sum }
            return sum + (facts[.size] as? Int ?? 0)
        }
    }

    @Test func `what is used is what lies there, from the start to the end of each segment`()
        async throws
    {
        try await SpoolSite.with { site in
            try site.seal(lines, overlong: ["long"], header: SpoolSite.header(sequence: 0))
            let other = try site.seal(lines, header: SpoolSite.header(sequence: 1))
            try site.directory.folder("spool/quarantine").write([1, 2, 3], to: "old.bin")
            let spool = try Spool(site.spoolPath)
            #expect(try spool.room.measure().usedBytes == bytes(site))
            #expect(spool.room.measure().quarantinedBytes == 3)

            let header = try SpoolSite.header(sequence: 2)
            let writer = try site.open(lines, overlong: ["longer"], header: header)
            spool.room.opened(spool.files(of: header.name))
            #expect(try spool.room.measure().usedBytes == bytes(site))
            try writer.seal(
                at: header.name.start.advanced(by: .seconds(2)), heard: nil,
                latestIDTime: SampleStream.limits.latestIDTime)
            spool.room.sealed()
            #expect(try spool.room.measure().usedBytes == bytes(site))

            try spool.quarantine(other.name)
            #expect(try spool.room.measure().usedBytes == bytes(site))
            #expect(spool.room.measure().quarantinedBytes > 3)
            #expect(await site.shipper(spool).shipAll())
            #expect(try spool.room.measure().usedBytes == bytes(site))
            #expect(
                spool.room.measure().usedBytes == spool.room.measure().quarantinedBytes)
        }
    }

    @Test func `recovery leaves the sum true`() async throws {
        try await SpoolSite.with { site in
            _ = try site.open(lines, header: SpoolSite.header(sequence: 1))
            let spool = try Spool(site.spoolPath)
            let fallback = RecoveryFallback(
                stream: "default", zone: SpoolSite.zone,
                source: SegmentManifest.SourceFacts(kind: "unknown"))
            #expect(try spool.recover(fallback).count == 1)
            #expect(try spool.room.measure().usedBytes == bytes(site))
        }
    }

    @Test func `what is free is what df says, and a floor above it makes it full`() async throws {
        try await SpoolSite.with { site in
            let spool = try Spool(
                site.spoolPath, room: RoomPolicy(capBytes: .max, floorBytes: 1 << 60))
            let measure = spool.room.measure()
            let facts = try FileManager.default.attributesOfFileSystem(forPath: site.spoolPath)
            let free = try #require(facts[.systemFreeSize] as? Int)
            // Others write to the same disk meanwhile.
            #expect(abs(measure.freeBytes - free) < 1 << 28)
            #expect(measure.isFull)
            let floorless = try Spool(site.directory.file("other"))
            #expect(!floorless.room.measure().isFull)
        }
    }
}
