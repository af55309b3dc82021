import Shared
import TestSupport
import Testing

@testable import merger

struct SegmentCatalogTests {
    private let now = SmallWorld.time(0)
    private let daySeconds: Int64 = 86_400

    private func with(_ body: (MergeSite, SegmentCatalog) async throws -> Void) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let cache = try StoreCache(store: site.store, root: site.directory.file("cache"))
            try await body(site, SegmentCatalog(cache: cache, dataset: SmallWorld.dataset))
        }
    }

    /// One begun so many days before now.
    private func segment(daysAgo: Int64, zone: String = "a") -> WorldSegment {
        SmallWorld.segment(
            zone, start: -daysAgo * daySeconds, sequence: Int(daysAgo + 10),
            [SmallWorld.post(-daysAgo * daySeconds)])
    }

    private func texts(_ problems: [any OperatorError]) -> [String] { problems.map { "\($0)" } }

    // MARK: Which manifests

    @Test func `a run lists today, tomorrow and the seven days before`() async throws {
        try await with { site, catalog in
            for days in Int64(-2)...10 { try site.add([segment(daysAgo: days).stored()]) }
            let listing = try await catalog.list(isFull: false, now: now)
            let days = listing.manifests.map {
                (now.milliseconds - $0.name.start.milliseconds) / Timestamp.millisecondsPerDay
            }
            #expect(days.sorted() == [-1, 0, 1, 2, 3, 4, 5, 6, 7])
            #expect(listing.problems.isEmpty)
            #expect(try await catalog.list(isFull: true, now: now).manifests.count == 13)
        }
    }

    @Test func `a note brings a manifest of any day`() async throws {
        try await with { site, catalog in
            let late = segment(daysAgo: 400)
            try site.add([late.stored(), segment(daysAgo: 401).stored()])
            let note = StoreLayout.pending(late.name)
            try site.put([], at: note)
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests.map(\.reference) == [late.reference])
            #expect(listing.pending.map(\.key) == [note])
        }
    }

    @Test func `a note without a manifest, or that is none, brings nothing`() async throws {
        try await with { site, catalog in
            try site.add([segment(daysAgo: 0).stored()])
            try site.put([], at: StoreLayout.pending(segment(daysAgo: 90).name))
            for text in ["pending/x.json", "pending/y"] {
                try site.put([], at: try #require(ObjectKey(text)))
            }
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests.map(\.reference) == [segment(daysAgo: 0).reference])
            #expect(listing.problems.isEmpty)
        }
    }

    @Test func `every zone is found, whatever sorts between`() async throws {
        let names = ["a", "a-1", "a.b", "a0", "a_", "B", "0", "zz", "zone", "zone-2"]
        try await with { site, catalog in
            for name in names {
                for days in Int64(0)..<3 {
                    try site.add([segment(daysAgo: days, zone: name).stored()])
                }
            }
            #expect(Set(try await catalog.zones().map(\.name)) == Set(names))
            #expect(try await catalog.zones().count == names.count)
        }
    }

    @Test func `zones are found without listing all of their manifests`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            for days in Int64(0)..<20 {
                for name in ["a", "b", "c"] {
                    try site.add([segment(daysAgo: days, zone: name).stored()])
                }
            }
            let watched = InterferingStore(site.store) { _ in .none }
            let cache = try StoreCache(store: watched, root: site.directory.file("cache"))
            let catalog = SegmentCatalog(cache: cache, dataset: SmallWorld.dataset)
            #expect(try await catalog.zones().count == 3)
            #expect(watched.calls.count == 4)
        }
    }

    // MARK: What they say

    @Test func `a repaired manifest beats the one it repairs`() async throws {
        try await with { site, catalog in
            let segment = segment(daysAgo: 1)
            var manifest = try segment.stored().manifest
            manifest.software = "repair"
            try site.putManifest(manifest)
            manifest.software = "truth"
            let key = StoreLayout.repairedManifest(
                segment.name, of: segment.zone, data: try #require(manifest.object).sha256)
            try site.put(manifest.encoded(), at: key)
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests.map(\.software) == ["truth"])
            let named = try await catalog.manifests(of: [segment.reference])
            #expect(named.map(\.software) == ["truth"])
        }
    }

    @Test(arguments: [true, false])
    func `of two manifests of different data the one of those that are there wins`(
        isRepairedTrue: Bool
    ) async throws {
        try await with { site, catalog in
            let segment = segment(daysAgo: 1)
            let stored = try segment.stored()
            var lie = stored.manifest
            lie.software = "lie"
            lie.object?.sha256 = ContentDigest(of: [1])
            let (claim, repaired) = isRepairedTrue ? (lie, stored.manifest) : (stored.manifest, lie)
            try site.put(try #require(stored.data), at: segment.reference.key)
            try site.putManifest(claim)
            try site.put(
                repaired.encoded(),
                at: StoreLayout.repairedManifest(
                    segment.name, of: segment.zone, data: try #require(repaired.object).sha256))
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests == [stored.manifest])
        }
    }

    @Test func `where the data have expired the manifest that was written from them is believed`()
        async throws
    {
        try await with { site, catalog in
            let segment = segment(daysAgo: 1)
            let manifest = try segment.stored().manifest
            var lie = manifest
            lie.object?.sha256 = ContentDigest(of: [1])
            try site.putManifest(lie)
            let key = StoreLayout.repairedManifest(
                segment.name, of: segment.zone, data: try #require(manifest.object).sha256)
            try site.put(manifest.encoded(), at: key)
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests == [manifest])
        }
    }

    @Test func `a repaired manifest whose key names other data is refused`() async throws {
        try await with { site, catalog in
            let segment = segment(daysAgo: 1)
            let key = StoreLayout.repairedManifest(
                segment.name, of: segment.zone, data: ContentDigest(of: [1]))
            try site.put(segment.stored().manifest.encoded(), at: key)
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests.isEmpty)
            #expect(
                texts(listing.problems)
                    == ["manifest \(key): speaks of other data than its key"])
        }
    }

    @Test func `a manifest of another stream is refused by name`() async throws {
        try await with { site, catalog in
            var foreign = try segment(daysAgo: 1).stored()
            foreign.manifest.stream = "other"
            try site.add([foreign, segment(daysAgo: 2).stored()])
            let listing = try await catalog.list(isFull: false, now: now)
            #expect(listing.manifests.map(\.reference) == [segment(daysAgo: 2).reference])
            let key = StoreLayout.manifest(foreign.manifest.name, of: foreign.manifest.zone)
            #expect(
                texts(listing.problems)
                    == ["manifest \(key): is of the stream \"other\", not \"default\""])
        }
    }

    @Test func `a manifest that speaks of another segment than its key is refused`() async throws {
        try await with { site, catalog in
            let one = try segment(daysAgo: 1).stored().manifest
            let key = StoreLayout.manifest(segment(daysAgo: 2).name, of: one.zone)
            try site.put(one.encoded(), at: key)
            var other = try segment(daysAgo: 3).stored().manifest
            other.object?.key = one.object?.key ?? ""
            try site.putManifest(other)
            let listing = try await catalog.list(isFull: true, now: now)
            #expect(listing.manifests.isEmpty)
            #expect(listing.problems.count == 2)
            #expect(
                texts(listing.problems).contains(
                    "manifest \(key): speaks of the segment \(one.reference)"))
        }
    }

    @Test func `what is no manifest is reported by name, and the rest goes on`() async throws {
        try await with { site, catalog in
            try site.add([segment(daysAgo: 1).stored()])
            let whole = try segment(daysAgo: 2).stored().manifest
            let torn = StoreLayout.manifest(whole.name, of: whole.zone)
            try site.put(Array(whole.encoded().dropLast(5)), at: torn)
            let names = [
                "manifests/zone=a/date=2026-11-22/notes.txt", "manifests/readme",
                "manifests/zone=a/date=2026-11-22/20261122T180000.000Z-0123456789abcdef-1.json",
            ]
            for name in names { try site.put([1], at: try #require(ObjectKey(name))) }
            let listing = try await catalog.list(isFull: true, now: now)
            #expect(listing.manifests.map(\.reference) == [segment(daysAgo: 1).reference])
            for name in names {
                #expect(
                    texts(listing.problems).contains(
                        "manifest \(name): has no name of a manifest"))
            }
            #expect(texts(listing.problems).contains { $0.hasPrefix("manifest \(torn): ") })
            #expect(listing.problems.count == 4)
            #expect(listing.problems.allSatisfy { $0.exitCode == .dataMissing })
        }
    }

    @Test func `a manifest that cannot be fetched now is a problem of the store`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([segment(daysAgo: 1).stored()])
            let broken = InterferingStore(site.store) { call in
                call.kind == .get ? .refuse(.throttled) : .none
            }
            let cache = try StoreCache(store: broken, root: site.directory.file("cache"))
            let catalog = SegmentCatalog(cache: cache, dataset: SmallWorld.dataset)
            let listing = try await catalog.list(isFull: true, now: now)
            #expect(listing.problems.map(\.exitCode) == [.storeUnreachable])
        }
    }

    // MARK: Notes of late manifests, in a whole run

    /// Older than any run lists by itself, whenever these tests run.
    private var late: WorldSegment {
        SmallWorld.segment("a", start: -2000 * daySeconds, [SmallWorld.post(-2000 * daySeconds)])
    }

    @Test func `a run admits a late segment and removes its note`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([late.stored()])
            #expect(try await site.run(isFull: false).segmentsAdmitted == 0)
            let note = StoreLayout.pending(late.name)
            try site.put([], at: note)
            #expect(try await site.run(isFull: false).segmentsAdmitted == 1)
            #expect(!site.has(note))
        }
    }

    @Test func `a note stays while its segment is left out or out of the span`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            var stored = try late.stored()
            let data = stored.data
            stored.data = nil
            try site.add([stored])
            let note = StoreLayout.pending(late.name)
            try site.put([], at: note)
            #expect(try await !site.run(isFull: false).problems.isEmpty)
            #expect(site.has(note))
            stored.data = data
            try site.add([stored])
            let span = PartitionSpan(first: SmallWorld.hour)
            #expect(try await site.run(span: span, isFull: false).segmentsAdmitted == 0)
            #expect(site.has(note))
            let shard = PartitionSpan(shard: Shard(index: 0, count: 2))
            try await site.run(span: shard, isFull: false)
            #expect(site.has(note))
            try await site.run(isFull: false)
            #expect(!site.has(note))
        }
    }

    @Test func `a lasting problem keeps no note of another segment`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let lost = SmallWorld.segment(
                "b", start: -2000 * daySeconds, instance: "2",
                [SmallWorld.post(-2000 * daySeconds + 9)])
            var stored = try lost.stored()
            stored.data = nil
            try site.add([late.stored(), stored])
            for segment in [late, lost] { try site.put([], at: StoreLayout.pending(segment.name)) }
            let report = try await site.run(isFull: false)
            #expect(!report.problems.isEmpty)
            #expect(report.segmentsAdmitted == 1)
            #expect(!site.has(StoreLayout.pending(late.name)))
            #expect(site.has(StoreLayout.pending(lost.name)))
        }
    }

    @Test func `a partition that fails keeps the notes of all its segments`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([late.stored()])
            try site.put([], at: StoreLayout.pending(late.name))
            try site.put([1], at: StoreLayout.canonical(late.name.homePartition))
            #expect(try await site.run(isFull: false).problems.count == 1)
            #expect(site.has(StoreLayout.pending(late.name)))
        }
    }
}
