import Dispatch
import Shared
import TestSupport
import Testing

@testable import listener

struct SpoolTests {
    private let fallback = RecoveryFallback(
        stream: "default", zone: SpoolSite.zone,
        source: SegmentManifest.SourceFacts(kind: "unknown"))

    private let lines = [#"{"id":1,"text":"a"}"#, #"{"id":2,"text":"b"}"#]

    @Test func `a second listener is kept out until the first is gone`() async throws {
        try await SpoolSite.with { site in
            var first: Spool? = try Spool(site.spoolPath)
            let error = #expect(throws: SpoolError.self) { try Spool(site.spoolPath) }
            #expect(error?.exitCode == .locked)
            #expect(
                error?.message == "spool \(site.spoolPath): another listener uses it: give each "
                    + "its own LISTENER_SPOOL, or stop that one")
            #expect(first != nil)
            first = nil
            _ = try Spool(site.spoolPath)
        }
    }

    @Test func `the directory is made where it is missing`() async throws {
        try await SpoolSite.with { site in
            let spool = try Spool(site.directory.file("x/y"))
            #expect(LocalDirectory.isDirectory(spool.directory))
        }
    }

    @Test func `sealed segments are listed oldest first, and nothing else is`() async throws {
        try await SpoolSite.with { site in
            let start = Timestamp.now
            for sequence in [2, 0, 1] {
                try site.seal(
                    lines,
                    header: SpoolSite.header(
                        sequence: sequence, start: start.advanced(by: .seconds(sequence))))
            }
            let open = try site.open(
                lines, header: SpoolSite.header(sequence: 3, start: start))
            let folder = try site.directory.folder("spool")
            for name in ["dataset.json", "x.json", "quarantine.json", ".json"] {
                try folder.write([1], to: name)
            }
            let spool = try Spool(site.spoolPath)
            #expect(try spool.sealed().map(\.sequence) == [0, 1, 2])
            withExtendedLifetime(open) {}
        }
    }

    @Test func `recovery seals what was open and names it, and leaves the sealed alone`()
        async throws
    {
        try await SpoolSite.with { site in
            let sealed = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            _ = try site.open(lines, header: SpoolSite.header(sequence: 1))
            let before = try site.snapshot().filter { $0.key.hasPrefix("\(sealed.name)") }
            let spool = try Spool(site.spoolPath)
            let recovered = try spool.recover(fallback)
            #expect(recovered.map(\.sequence) == [1])
            #expect(recovered.map(\.lines) == [2])
            #expect(recovered.map { $0.salvage?.records } == [2])
            #expect(try spool.sealed().map(\.sequence) == [0, 1])
            let after = try site.snapshot()
            #expect(after.filter { $0.key.hasPrefix("\(sealed.name)") } == before)
            #expect(!after.keys.contains { $0.hasSuffix(".journal") || $0.hasSuffix(".open") })
            #expect(try spool.recover(fallback).isEmpty)
            try SegmentCheck.verify(
                spool.sealed().map { spool.files(of: $0).manifest })
        }
    }

    @Test func `a segment without a journal is taken for this zone's`() async throws {
        try await SpoolSite.with { site in
            let header = try SpoolSite.header(sequence: 4)
            _ = try site.open(lines, header: header)
            let spool = try Spool(site.spoolPath)
            try LocalDirectory.remove(spool.files(of: header.name).journal)
            let recovered = try spool.recover(fallback)
            #expect(
                recovered.map(\.reference) == [
                    SegmentReference(zone: SpoolSite.zone, name: header.name)
                ])
            #expect(recovered.map(\.lines) == [2])
            #expect(recovered.map(\.source.kind) == ["unknown"])
        }
    }

    @Test func `leftovers of a sealed segment are cleared and it is not named again`() async throws
    {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let folder = try site.directory.folder("spool")
            try folder.write([1], to: "\(manifest.name).journal")
            let spool = try Spool(site.spoolPath)
            #expect(try spool.recover(fallback).isEmpty)
            #expect(!folder.has("\(manifest.name).journal"))
            #expect(try spool.sealed() == [manifest.name])
        }
    }

    @Test func `quarantine moves every file of a segment and deletes none`() async throws {
        try await SpoolSite.with { site in
            let header = try SpoolSite.header(sequence: 0)
            let manifest = try site.seal(lines, overlong: ["long", "longer"], header: header)
            let other = try site.seal(lines, header: SpoolSite.header(sequence: 1))
            let before = try site.snapshot().filter { $0.key.hasPrefix("\(manifest.name)") }
            #expect(before.count == 4)
            let spool = try Spool(site.spoolPath)
            try spool.quarantine(manifest.name)
            #expect(try site.directory.folder("spool/quarantine").snapshot() == before)
            #expect(try spool.sealed() == [other.name])
        }
    }

    @Test func `a manifest that is none is an error that names it`() async throws {
        try await SpoolSite.with { site in
            let manifest = try site.seal(lines, header: SpoolSite.header(sequence: 0))
            let spool = try Spool(site.spoolPath)
            let path = spool.files(of: manifest.name).manifest
            #expect(try spool.readManifest(manifest.name) == manifest)
            try LocalFile.replace(path).write(Array("{".utf8))
            let error = #expect(throws: SegmentError.self) {
                try spool.readManifest(manifest.name)
            }
            #expect(error?.code == .invalidManifest)
            #expect(error?.message.contains(path) == true)
        }
    }
}

struct DatasetMemoryTests {
    private func dataset(
        _ site: SpoolSite, through store: (any ObjectStore)? = nil, stream: String = "default"
    ) async throws -> Dataset {
        let memory = DatasetMemory(
            spool: try Spool(site.spoolPath), store: store ?? site.store, isConditional: true,
            logger: SpoolSite.quiet)
        return try await memory.answer(stream: stream).dataset
    }

    private func down(_ site: SpoolSite, _ code: ObjectStoreError.Code) -> InterferingStore {
        InterferingStore(site.store) { _ in .refuse(code) }
    }

    @Test func `who comes first makes the dataset, and later ones read it`() async throws {
        try await SpoolSite.with { site in
            let first = try await dataset(site)
            #expect(try await Dataset.read(from: site.store) == first)
            #expect(try await dataset(site) == first)
        }
    }

    @Test(arguments: [ObjectStoreError.Code.unavailable, .throttled, .accessDenied])
    func `while the store is down the remembered dataset counts`(
        code: ObjectStoreError.Code
    ) async throws {
        try await SpoolSite.with { site in
            var choice = Dataset(stream: "default", compression: .small, created: .now)
            choice.limits.lineBytes = 12_345
            _ = try await choice.createOrRead(in: site.store)
            let read = try await dataset(site)
            #expect(read.limits.lineBytes == 12_345)
            #expect(try await dataset(site, through: down(site, code)) == read)
        }
    }

    @Test func `while the store was always down the defaults count`() async throws {
        try await SpoolSite.with { site in
            let dataset = try await dataset(site, through: down(site, .unavailable))
            #expect(dataset.stream == "default")
            #expect(dataset.limits.lineBytes == 8 << 20)
            #expect(try await Dataset.read(from: site.store) == nil)
        }
    }

    @Test func `a store of another stream is refused, and so is one that can never work`()
        async throws
    {
        try await SpoolSite.with { site in
            _ = try await dataset(site)
            let error = await #expect(throws: SegmentError.self) {
                try await dataset(site, stream: "other")
            }
            #expect(error?.exitCode == .configuration)
            await #expect(throws: ObjectStoreError.self) {
                try await dataset(site, through: down(site, .invalidRequest))
            }
        }
    }

    @Test func `a remembered dataset of another stream or id rule does not count`() async throws {
        try await SpoolSite.with { site in
            var choice = Dataset(stream: "default", created: .now)
            choice.limits.lineBytes = 12_345
            _ = try await choice.createOrRead(in: site.store)
            _ = try await dataset(site)
            let other = try await dataset(
                site, through: down(site, .unavailable), stream: "other")
            #expect(other.limits.lineBytes == 8 << 20)
        }
    }

    @Test func `a store that hangs in a call holds nothing up for longer than its patience`()
        async throws
    {
        try await SpoolSite.with { site in
            let gate = Turnstile()
            let hanging = InterferingStore(site.store) { _ in
                gate.pass()
                return .none
            }
            let memory = DatasetMemory(
                spool: try Spool(site.spoolPath), store: hanging, isConditional: true,
                logger: SpoolSite.quiet, patience: .milliseconds(50))
            let answer = try await memory.answer(stream: "default")
            #expect(!answer.isOfStore && answer.dataset.stream == "default")
            #expect(memory.status.facts().storeFailureAge != nil)
            gate.open()
        }
    }

    @Test func `a remembered dataset that was torn is as good as none`() async throws {
        try await SpoolSite.with { site in
            _ = try await dataset(site)
            try site.directory.folder("spool").write([0x7B], to: "dataset.json")
            let dataset = try await dataset(site, through: down(site, .unavailable))
            #expect(dataset.limits.lineBytes == 8 << 20)
        }
    }
}

/// Holds up the thread that comes there, and not only its task.
private final class Turnstile: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func pass() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}
