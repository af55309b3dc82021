import Shared
import TestSupport
import Testing

@testable import listener

/// A store that is away for long, and segments that can never be shipped, on a spool of bounds.
struct ShipperOutageTests {
    private let lines = [#"{"id":1,"text":"a"}"#, #"{"id":2,"text":"b"}"#]

    @Test func `after hours of 503 everything drains once and in its bytes`() async throws {
        try await SpoolSite.with { site in
            // Three hours of segments of five minutes, with a pass after each.
            let start = Timestamp.now.advanced(by: .seconds(-3 * 3600))
            let spool = try Spool(site.spoolPath)
            let down = InterferingStore(site.store) { _ in .refuse(.unavailable) }
            var files: [String: [UInt8]] = [:]
            for sequence in 0..<36 {
                try site.seal(
                    lines,
                    header: SpoolSite.header(
                        sequence: sequence, start: start.advanced(by: .seconds(300 * sequence))))
                #expect(await !site.shipper(spool, through: down).shipAll())
                let now = try site.snapshot()
                #expect(files.allSatisfy { now[$0.key] == $0.value })
                files = now
            }
            #expect(down.faultCount >= 36)
            try spool.room.scan()
            let watched = InterferingStore(site.store) { _ in .none }
            #expect(await site.shipper(spool, through: watched).shipAll())
            let puts = watched.calls.filter { $0.kind == .put }.map(\.path)
            #expect(puts.count == 72)
            #expect(Set(puts).count == 72)
            for name in files.keys where name.contains("Z-") {
                let key = try #require(puts.first { $0.hasSuffix("/\(name)") })
                let stored = try site.stored(try #require(ObjectKey(key)))
                #expect(stored == files[name])
            }
            #expect(try site.snapshot().keys.sorted() == ["lock"])
            #expect(spool.room.measure().usedBytes == 0)
        }
    }

    @Test func `a store that hangs counts as failing until what was asked of it ends`()
        async throws
    {
        try await SpoolSite.with { site in
            try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let (end, ending) = AsyncStream<Void>.makeStream()
            let hanging = InterferingStore(site.store) { _ in
                for await _ in end {}
                return .none
            }
            var shipper = site.shipper(try Spool(site.spoolPath), through: hanging)
            shipper.overdueAfter = .milliseconds(50)
            let status = shipper.metrics.status
            let readiness = Readiness(ships: true)
            var isStoreReady: Bool? {
                readiness.conditions(status.facts()).first { $0.name == "store" }?.holds
            }
            let shipping = Task { [shipper] in await shipper.shipAll() }
            #expect(isStoreReady == true)
            try await eventually { isStoreReady == false }
            ending.finish()
            #expect(await shipping.value)
            #expect(isStoreReady == true)
        }
    }

    @Test func `a 403 for hours puts nothing aside`() async throws {
        try await SpoolSite.with { site in
            try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let files = try site.snapshot()
            let spool = try Spool(site.spoolPath)
            let refusing = InterferingStore(site.store) { _ in .refuse(.accessDenied) }
            for _ in 0..<50 {
                #expect(await !site.shipper(spool, through: refusing).shipAll())
            }
            let after = try site.snapshot()
            #expect(files.allSatisfy { after[$0.key] == $0.value })
            #expect(!site.directory.has("spool/quarantine"))
            #expect(await site.shipper(spool).shipAll())
        }
    }

    @Test func `a partial object under a key is left alone, and the whole one is kept here`()
        async throws
    {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let spool = try Spool(site.spoolPath)
            let whole = try LocalFile.contents(of: spool.files(of: manifest.name).data)
            let partial = Array(whole.prefix(whole.count / 2))
            let key = manifest.reference.key
            _ = try await site.store.put(.bytes(partial), at: key, if: .absent)
            #expect(await site.shipper(spool).shipAll())
            #expect(try site.stored(key) == partial)
            // Without a manifest the partial object is in no set.
            #expect(try await site.keys() == [key.path])
            let aside = try site.directory.folder("spool/quarantine")
                .read("\(manifest.name).ndjson.gz")
            #expect(aside == whole)
        }
    }

    @Test func `the same segment that is shipped by two is there once, and off both disks`()
        async throws
    {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let other = try site.directory.folder("other")
            for (name, bytes) in try site.snapshot() { try other.write(bytes, to: name) }
            let spools = [try Spool(site.spoolPath), try Spool(other.path)]
            async let first = site.shipper(spools[0]).shipAll()
            async let second = site.shipper(spools[1]).shipAll()
            let isDone = await [first, second]
            #expect(isDone == [true, true])
            let keys = [
                StoreLayout.manifest(manifest.name, of: manifest.zone).path,
                manifest.reference.key.path,
            ]
            #expect(try await site.keys() == keys)
            #expect(try spools.flatMap { try $0.sealed() }.isEmpty)
            #expect(try other.names() == ["lock"])
        }
    }

    @Test func `where quarantine is full a segment stays, is counted, and holds nothing up`()
        async throws
    {
        try await SpoolSite.with { site in
            let lost = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let other = try site.seal(lines, header: SpoolSite.header(sequence: 1))
            let files = try site.snapshot().filter { $0.key.hasPrefix("\(lost.name)") }
            let bytes = files.values.reduce(0) { $0 + $1.count }
            // A quarter of the cap is one byte less than the segment.
            let spool = try Spool(
                site.spoolPath,
                room: RoomPolicy(
                    capBytes: RoomPolicy.quarantineDivisor * (bytes - 1), floorBytes: 0))
            _ = try await site.store.put(.bytes([1]), at: lost.reference.key, if: .absent)
            for _ in 0..<2 { #expect(await site.shipper(spool).shipAll()) }
            #expect(try site.snapshot().filter { $0.key.hasPrefix("\(lost.name)") } == files)
            #expect(try spool.sealed() == [lost.name])
            #expect(spool.room.measure().usedBytes == bytes)
            #expect(
                try site.stored(StoreLayout.manifest(other.name, of: other.zone)) != nil)
            #expect(!site.directory.has("spool/quarantine"))
        }
    }
}
