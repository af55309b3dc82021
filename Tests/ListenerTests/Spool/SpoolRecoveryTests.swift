import Shared
import TestSupport
import Testing

@testable import listener

/// Segments of an earlier run that cannot be sealed, beside others that can.
struct SpoolRecoveryTests {
    private let fallback = RecoveryFallback(
        stream: "default", zone: SpoolSite.zone,
        source: SegmentManifest.SourceFacts(kind: "unknown"))

    private let lines = [#"{"id":1,"text":"a"}"#, #"{"id":2,"text":"b"}"#]

    /// One that is sealed and whose manifest is damaged, beside its journal.
    private func damage(_ site: SpoolSite, sequence: Int) throws -> SegmentName {
        let name = try site.seal(lines, header: SpoolSite.header(sequence: sequence)).name
        let folder = try site.directory.folder("spool")
        try folder.write(Array("{".utf8), to: "\(name).json")
        try folder.write([1], to: "\(name).journal")
        return name
    }

    private func recover(
        _ spool: Spool
    ) throws -> (recovered: [Int], damaged: [DamagedSegment]) {
        var damaged: [DamagedSegment] = []
        let recovered = try spool.recover(fallback, limits: SampleStream.limits) {
            damaged.append($0)
        }
        return (recovered.map(\.sequence), damaged)
    }

    @Test func `a damaged segment is put aside whole, and the next one is sealed`() async throws {
        try await SpoolSite.with { site in
            let name = try damage(site, sequence: 0)
            _ = try site.open(lines, header: SpoolSite.header(sequence: 1))
            let before = try site.snapshot().filter { $0.key.hasPrefix("\(name)") }
            #expect(before.count == 3)
            let spool = try Spool(site.spoolPath)
            let (recovered, damaged) = try recover(spool)
            #expect(recovered == [1])
            #expect(damaged.map(\.name) == [name])
            #expect(
                damaged.first?.message.hasPrefix("segment \(name): an earlier run left it open")
                    == true)
            #expect(damaged.first?.message.contains("moved to quarantine/") == true)
            #expect(try site.directory.folder("spool/quarantine").snapshot() == before)
            #expect(try spool.sealed().map(\.sequence) == [1])
            #expect(try spool.quarantinedCount() == 1)
            #expect(try recover(spool).damaged.isEmpty)
        }
    }

    @Test func `an open file that cannot be read is put aside with its journal`() async throws {
        try await SpoolSite.with { site in
            let header = try SpoolSite.header(sequence: 0)
            _ = try site.open(lines, header: header)
            let folder = try site.directory.folder("spool")
            let open = SegmentFiles(directory: site.spoolPath, name: header.name).open
            try LocalDirectory.remove(open)
            // The same as EIO to whoever reads it: EISDIR.
            _ = try site.directory.folder("elsewhere")
            _ = try Shell.run(["ln", "-s", site.directory.file("elsewhere"), open])
            let spool = try Spool(site.spoolPath)
            let (recovered, damaged) = try recover(spool)
            #expect(recovered.isEmpty)
            #expect(damaged.map { $0.obstacle == nil } == [true])
            #expect(!folder.has("\(header.name).journal"))
            #expect(try site.directory.folder("spool/quarantine").names().count >= 2)
        }
    }

    @Test func `where quarantine is full the damaged segment stays and the next is sealed`()
        async throws
    {
        try await SpoolSite.with { site in
            let name = try damage(site, sequence: 0)
            _ = try site.open(lines, header: SpoolSite.header(sequence: 1))
            let spool = try Spool(
                site.spoolPath, room: RoomPolicy(capBytes: 100, floorBytes: 0))
            let (recovered, damaged) = try recover(spool)
            #expect(recovered == [1])
            #expect(damaged.first?.message.contains("it stays where it is") == true)
            #expect(try site.names().contains("\(name).journal"))
        }
    }

    @Test func `a damaged file that recovery has linked to quarantine goes there once`()
        async throws
    {
        try await SpoolSite.with { site in
            let header = try SpoolSite.header(sequence: 0)
            _ = try site.open(lines, header: header)
            let spool = try Spool(site.spoolPath)
            let files = spool.files(of: header.name)
            try LocalDirectory.ensure(files.quarantine)
            try LocalDirectory.link(
                files.open, to: "\(files.quarantine)/\(header.name).ndjson.gz.open")
            try spool.quarantine(header.name)
            #expect(try site.names().filter { $0.hasPrefix("\(header.name)") } == [])
            #expect(try site.directory.folder("spool/quarantine").names().count == 2)
        }
    }
}
