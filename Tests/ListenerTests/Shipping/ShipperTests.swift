import Shared
import Synchronization
import TestSupport
import Testing

@testable import listener

struct ShipperTests {
    private let lines = [#"{"id":1,"text":"a"}"#, #"{"id":2,"text":"b"}"#]

    /// A spool with a few segments: one silent, one with pieces for the quarantine.
    private func fill(_ site: SpoolSite) throws -> [SegmentManifest] {
        [
            try site.seal(lines, header: SpoolSite.header(sequence: 0)),
            try site.seal([], header: SpoolSite.header(sequence: 1)),
            try site.seal(
                lines, overlong: ["long", "longer"], header: SpoolSite.header(sequence: 2)),
        ]
    }

    /// What the store has to hold in the end, from the files of the spool.
    private func expected(
        _ files: [String: [UInt8]], _ manifests: [SegmentManifest]
    ) -> [String: [UInt8]] {
        var objects: [String: [UInt8]] = [:]
        for manifest in manifests {
            let zone = manifest.zone
            let name = manifest.name
            objects[StoreLayout.manifest(name, of: zone).path] = files["\(name).json"]
            objects[StoreLayout.segment(name, of: zone).path] = files["\(name).ndjson.gz"]
            for number in 1...2 {
                objects[StoreLayout.quarantine(name, of: zone, number: number).path] =
                    files["\(name)-\(number).bin"]
            }
        }
        return objects
    }

    private func objects(_ site: SpoolSite) async throws -> [String: [UInt8]] {
        var objects: [String: [UInt8]] = [:]
        for key in try await site.store.listAll("").map(\.key) {
            objects[key.path] = try site.stored(key)
        }
        return objects
    }

    private func isEmpty(_ site: SpoolSite) throws -> Bool {
        try site.snapshot().keys.sorted() == ["lock"]
    }

    // MARK: As it should go

    @Test(arguments: [true, false])
    func `everything sealed is in the store byte for byte, and off the disk`(
        isConditional: Bool
    ) async throws {
        try await SpoolSite.with { site in
            let manifests = try fill(site)
            let expected = try expected(site.snapshot(), manifests)
            #expect(expected.count == 7)
            let spool = try Spool(site.spoolPath)
            #expect(await site.shipper(spool, isConditional: isConditional).shipAll())
            #expect(try await objects(site) == expected)
            #expect(try isEmpty(site))
            #expect(await site.shipper(spool).shipAll())
        }
    }

    @Test func `the data are in the store before the manifest`() async throws {
        try await SpoolSite.with { site in
            _ = try fill(site)
            let watched = InterferingStore(site.store) { _ in .none }
            let spool = try Spool(site.spoolPath)
            #expect(await site.shipper(spool, through: watched).shipAll())
            let puts = watched.calls.filter { $0.kind == .put }.map(\.path)
            for manifest in puts where manifest.hasPrefix("manifests/") {
                let name = manifest.split(separator: "/").last?.dropLast(".json".count) ?? ""
                let data = puts.firstIndex { $0.hasSuffix("\(name).ndjson.gz") }
                let place = try #require(puts.firstIndex(of: manifest))
                if let data { #expect(data < place) }
                let pieces = puts.indices.filter { puts[$0].contains("\(name)-") }
                #expect(pieces.allSatisfy { $0 < place })
            }
            #expect(puts.filter { $0.hasPrefix("manifests/") }.count == 3)
        }
    }

    @Test(arguments: [(6.9, false), (7.1, true)])
    func `a segment begun more than a week ago is noted`(days: Double, isLate: Bool) async throws {
        try await SpoolSite.with { site in
            let start = Timestamp.now.advanced(by: .seconds(-days * 86_400))
            let manifest = try site.seal(
                lines, header: SpoolSite.header(sequence: 0, start: start))
            #expect(await site.shipper(try Spool(site.spoolPath)).shipAll())
            let note = try site.stored(StoreLayout.pending(manifest.name))
            #expect(note == (isLate ? [] : nil))
        }
    }

    @Test func `shipping ends with its wake-ups, and by then all is shipped`() async throws {
        try await SpoolSite.with { site in
            _ = try fill(site)
            let spool = try Spool(site.spoolPath)
            let (wake, waker) = AsyncStream<Void>.makeStream()
            waker.yield()
            waker.finish()
            await site.shipper(spool).run(wake: wake)
            #expect(try isEmpty(site))
        }
    }

    // MARK: A store that fails

    @Test func `lost replies make nothing twice and lose nothing`() async throws {
        try await SpoolSite.with { site in
            let manifests = try fill(site)
            let expected = try expected(site.snapshot(), manifests)
            let spool = try Spool(site.spoolPath)
            let lost = Mutex<Set<String>>([])
            let broken = InterferingStore(site.store) { call in
                guard call.kind == .put else { return .none }
                return lost.withLock { $0.insert(call.path).inserted } ? .loseReply : .none
            }
            var passes = 0
            while await !site.shipper(spool, through: broken).shipAll(), passes < 50 { passes += 1 }
            #expect(broken.faultCount == 7)
            #expect(try await objects(site) == expected)
            #expect(try isEmpty(site))
        }
    }

    @Test(arguments: [
        ObjectStoreError.Code.unavailable, .throttled, .accessDenied, .localFile,
        .checksumMismatch,
    ])
    func `what is refused stays in the spool until it is taken`(
        code: ObjectStoreError.Code
    ) async throws {
        try await SpoolSite.with { site in
            let manifests = try fill(site)
            let files = try site.snapshot()
            let spool = try Spool(site.spoolPath)
            let broken = InterferingStore(site.store) { call in
                call.kind == .put ? .refuse(code) : .none
            }
            for _ in 0..<3 {
                #expect(await !site.shipper(spool, through: broken).shipAll())
                #expect(try site.snapshot().count == files.count + 1)
            }
            #expect(await site.shipper(spool).shipAll())
            #expect(try await objects(site) == expected(files, manifests))
        }
    }

    @Test func `a store that is down is asked a few times and not once for each segment`()
        async throws
    {
        try await SpoolSite.with { site in
            for sequence in 0..<30 {
                try site.seal(lines, header: SpoolSite.header(sequence: sequence))
            }
            let broken = InterferingStore(site.store) { _ in .refuse(.unavailable) }
            let spool = try Spool(site.spoolPath)
            #expect(await !site.shipper(spool, through: broken).shipAll())
            #expect((1...4).contains(broken.calls.count))
        }
    }

    // MARK: What can never be shipped

    @Test(arguments: ["segments", "manifests", "quarantine"])
    func `other bytes under a key of ours are left alone, and ours are put aside`(
        kind: String
    ) async throws {
        try await SpoolSite.with { site in
            let manifests = try fill(site)
            let files = try site.snapshot()
            let manifest = manifests[2]
            let key =
                switch kind {
                case "segments": manifest.reference.key
                case "manifests": StoreLayout.manifest(manifest.name, of: manifest.zone)
                default: StoreLayout.quarantine(manifest.name, of: manifest.zone, number: 2)
                }
            _ = try await site.store.put(.bytes([1, 2]), at: key, if: .absent)
            let spool = try Spool(site.spoolPath)
            #expect(await site.shipper(spool).shipAll())
            #expect(try site.stored(key) == [1, 2])
            let aside = try site.directory.folder("spool/quarantine").snapshot()
            #expect(aside == files.filter { $0.key.hasPrefix("\(manifest.name)") })
            #expect(try isEmpty(site))
            // The others went on.
            for other in manifests.dropLast() {
                #expect(
                    try site.stored(StoreLayout.manifest(other.name, of: other.zone))
                        == files["\(other.name).json"])
            }
        }
    }

    /// What S3 says of them differs: a body that ends too early can only be read there.
    @Test(arguments: [ObjectStoreError.Code.localFile, .checksumMismatch])
    func `data that are shorter than their manifest says are put aside`(
        code: ObjectStoreError.Code
    ) async throws {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let other = try site.seal(lines, header: SpoolSite.header(sequence: 1))
            let spool = try Spool(site.spoolPath)
            let files = spool.files(of: manifest.name)
            let bytes = try #require(LocalDirectory.bytes(of: files.data))
            try LocalFile.append(files.data).truncate(to: bytes - 1)
            let store = InterferingStore(site.store) { call in
                call.path == manifest.reference.key.path ? .refuse(code) : .none
            }
            #expect(await site.shipper(spool, through: store).shipAll())
            #expect(store.faultCount == 1)
            let aside = try site.directory.folder("spool/quarantine").names()
            #expect(aside == ["\(manifest.name).json", "\(manifest.name).ndjson.gz"])
            #expect(try isEmpty(site))
            #expect(try site.stored(StoreLayout.manifest(other.name, of: other.zone)) != nil)
        }
    }

    /// What the kernel answers: EIO to a read of unmapped memory, EISDIR to one of a directory.
    @Test(arguments: [("/proc/self/mem", true), ("/", false)])
    func `data that the disk does not return are put aside, others that cannot be read stay`(
        instead: String, isFinal: Bool
    ) async throws {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let spool = try Spool(site.spoolPath)
            _ = try Shell.run(["ln", "-sfn", instead, spool.files(of: manifest.name).data])
            #expect(await site.shipper(spool).shipAll() == isFinal)
            #expect(try spool.sealed() == (isFinal ? [] : [manifest.name]))
            #expect(site.directory.has("spool/quarantine") == isFinal)
        }
    }

    @Test func `data that are gone without a manifest in the store are put aside`() async throws {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let spool = try Spool(site.spoolPath)
            try LocalDirectory.remove(spool.files(of: manifest.name).data)
            #expect(await site.shipper(spool).shipAll())
            #expect(try await site.keys().isEmpty)
            let aside = try site.directory.folder("spool/quarantine").names()
            #expect(aside == ["\(manifest.name).json"])
        }
    }

    @Test func `a manifest that is none is put aside with its data`() async throws {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let spool = try Spool(site.spoolPath)
            try LocalFile.replace(spool.files(of: manifest.name).manifest).write([0x7B])
            #expect(await site.shipper(spool).shipAll())
            #expect(try await site.keys().isEmpty)
            #expect(try site.directory.folder("spool/quarantine").names().count == 2)
        }
    }

    // MARK: Crashes

    @Test func `a crash at any call to the store loses nothing and makes nothing twice`()
        async throws
    {
        var died = 0
        for isReplyLost in [false, true] {
            for step in 0..<20 {
                try await SpoolSite.with { site in
                    let manifests = try fill(site)
                    let files = try site.snapshot()
                    let expected = expected(files, manifests)
                    let spool = try Spool(site.spoolPath)
                    let counter = Counter()
                    // From this call on nothing reaches the store any more.
                    let dying = InterferingStore(site.store) { _ in
                        let number = counter.next()
                        if number < step { return .none }
                        return isReplyLost && number == step ? .loseReply : .refuse(.unavailable)
                    }
                    if await !site.shipper(spool, through: dying).shipAll() { died += 1 }
                    try expectNothingLost(site, files, manifests)
                    #expect(await site.shipper(spool).shipAll())
                    #expect(try await objects(site) == expected, "step \(step)")
                    #expect(try isEmpty(site))
                }
            }
        }
        #expect(died > 10)
    }

    /// A file is off the disk only where the store has the segment's data and manifest.
    private func expectNothingLost(
        _ site: SpoolSite, _ files: [String: [UInt8]], _ manifests: [SegmentManifest]
    ) throws {
        let left = try site.snapshot()
        for manifest in manifests {
            let name = "\(manifest.name)"
            let mine = files.filter { $0.key.hasPrefix(name) }
            guard mine.contains(where: { left[$0.key] != $0.value }) else { continue }
            for (key, bytes) in expected(files, [manifest]) {
                let key = try #require(ObjectKey(key))
                #expect(try site.stored(key) == bytes)
            }
        }
    }

    @Test func `a crash while the shipped files are removed is finished by the next run`()
        async throws
    {
        // In the order of removal: the last piece, the first, the data; the manifest is the last.
        for count in 0...3 {
            try await SpoolSite.with { site in
                let manifest = try site.seal(
                    lines, overlong: ["long", "longer"], header: SpoolSite.header(sequence: 2))
                let files = try site.snapshot()
                let spool = try Spool(site.spoolPath)
                #expect(await site.shipper(spool).shipAll())
                let expected = try await objects(site)
                let names = ["-2.bin", "-1.bin", ".ndjson.gz"].map { "\(manifest.name)\($0)" }
                let folder = try site.directory.folder("spool")
                for (name, bytes) in files where !names.prefix(count).contains(name) {
                    try folder.write(bytes, to: name)
                }
                #expect(await site.shipper(spool).shipAll())
                #expect(try isEmpty(site), "\(count) files removed")
                #expect(try await objects(site) == expected)
            }
        }
    }

    @Test func `a segment of the zone that the listener had before is finished too`() async throws {
        try await SpoolSite.with { site in
            let header = try SpoolSite.header(sequence: 0, zone: SampleStream.zone("before"))
            let manifest = try site.seal(lines, header: header)
            let files = try site.snapshot()
            let spool = try Spool(site.spoolPath)
            #expect(await site.shipper(spool).shipAll())
            // As a crash between data and manifest leaves it.
            let name = "\(manifest.name).json"
            try site.directory.folder("spool").write(try #require(files[name]), to: name)
            #expect(await site.shipper(spool).shipAll())
            #expect(try isEmpty(site))
            #expect(!site.directory.has("spool/quarantine"))
        }
    }

    @Test func `a crash before the note of a late segment is made up for`() async throws {
        try await SpoolSite.with { site in
            let start = Timestamp.now.advanced(by: .seconds(-9 * 86_400))
            let manifest = try site.seal(
                lines, header: SpoolSite.header(sequence: 0, start: start))
            let spool = try Spool(site.spoolPath)
            let dying = InterferingStore(site.store) { call in
                call.isPut(under: "pending/") ? .refuse(.unavailable) : .none
            }
            #expect(await !site.shipper(spool, through: dying).shipAll())
            #expect(try spool.sealed() == [manifest.name])
            #expect(await site.shipper(spool).shipAll())
            #expect(try site.stored(StoreLayout.pending(manifest.name)) == [])
        }
    }
}
