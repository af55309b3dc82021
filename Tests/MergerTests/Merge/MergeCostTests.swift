import Shared
import TestSupport
import Testing

@testable import merger

/// What a run asks of the store, and what the cache that spares it the rest may do to results.
@Suite(.timeLimit(.minutes(5)))
struct MergeCostTests {
    private let seed = Seed()
    private static let hours: Int64 = 4

    private func segment(_ zone: String, hour: Int64, at second: Int64 = 0) -> WorldSegment {
        let start = hour * 3600 + second
        return SmallWorld.segment(
            zone, start: start, sequence: Int(start),
            [SmallWorld.post(start + 10), SmallWorld.post(start + 20, zone)])
    }

    private var segments: [WorldSegment] {
        (0..<Self.hours).flatMap { hour in ["a", "b"].map { segment($0, hour: hour) } }
    }

    /// The keys and prefixes that were asked for, but for listings and the dataset.
    private func paths(_ store: InterferingStore) -> [String] {
        store.calls.filter { $0.kind != .list && $0.path != StoreLayout.dataset.path }
            .map(\.description)
    }

    private func watched(_ site: MergeSite) -> InterferingStore {
        InterferingStore(site.store) { _ in .none }
    }

    @Test func `a run that finds nothing new opens no manifest, no index and no object`()
        async throws
    {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            try await site.run(through: watched(site))
            let again = watched(site)
            let report = try await site.run(through: again)
            #expect(report.partitionsUnchanged == Int(Self.hours))
            #expect(paths(again) == [])
            #expect(again.calls.count < 10)
        }
    }

    @Test func `one new segment costs its hour and no other`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            try await site.run(through: watched(site))
            let new = segment("b", hour: 2, at: 1800)
            try site.add([new.stored()])
            let store = watched(site)
            let report = try await site.run(through: store)
            #expect(report.segmentsAdmitted == 1)
            #expect(report.partitionsWritten == 1)
            #expect(report.partitionsUnchanged == Int(Self.hours) - 1)
            let hour = new.name.homePartition
            let (index, canonical) = (StoreLayout.index(hour), StoreLayout.canonical(hour))
            let manifest = StoreLayout.manifest(new.name, of: new.zone)
            #expect(
                Set(paths(store)) == [
                    "get \(manifest)", "head \(canonical)", "head \(index)",
                    "fetch \(new.reference.key)", "fetch \(canonical)", "put \(index)",
                    "put \(canonical)", "fetch \(index)",
                ])
            #expect(Set(paths(store)).count == paths(store).count)
        }
    }

    /// - Parameter memoryBytes: two members, so that an hour is read in slices; or enough for all.
    @Test(arguments: [nil, 2 << 20])
    func `a segment is fetched once, however many hours and slices need it`(
        memoryBytes: Int?
    ) async throws {
        var shape = World.Shape()
        shape.segmentsPerZoneMax = 2
        var generator = seed.generator
        for _ in 0..<3 {
            let world = try World(&generator, shape)
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                let store = watched(site)
                let report = try await site.run(memoryBytes: memoryBytes, through: store)
                #expect(report.problems.isEmpty, "\(seed)")
                let fetched = store.calls.filter {
                    $0.kind == .fetch && $0.path.hasPrefix(StoreLayout.segmentPrefix)
                }.map(\.path)
                #expect(
                    fetched.sorted()
                        == world.stored.filter { $0.data != nil }
                        .map(\.reference.key.path).sorted(), "\(seed)")
            }
        }
    }

    @Test func `the next hour's segments are fetched while an hour is put`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add(segments.map { try $0.stored() })
            let seen = Counter()
            let next = segment("a", hour: 1).reference.key.path
            let store = InterferingStore(site.store) { call in
                if call.kind == .fetch, call.path == next { seen.next() }
                if call.isPut(under: StoreLayout.index(SmallWorld.hour).path) {
                    // Without the overlap this waits for ever.
                    try? await eventually { seen.value > 0 }
                }
                return .none
            }
            #expect(try await site.run(through: store).problems.isEmpty)
            #expect(seen.value == 1)
        }
    }

    // MARK: The cache changes nothing

    private enum Damage: CaseIterable {
        case none, deleted, emptied, torn, flipped
    }

    private func damage(_ path: String, _ generator: inout SplitMix64) throws -> Damage {
        let damage = generator.pick(Damage.allCases)
        var bytes = try LocalFile.contents(of: path)
        switch damage {
        case .none: return damage
        case .deleted:
            try LocalDirectory.remove(path)
            return damage
        case .emptied: bytes = []
        case .torn: bytes.removeLast(generator.below(bytes.count + 1))
        case .flipped: if !bytes.isEmpty { bytes[generator.below(bytes.count)] ^= 4 }
        }
        try LocalFile.replace(path).write(bytes)
        return damage
    }

    @Test func `whatever becomes of the cache between runs, they end the same`() async throws {
        var generator = seed.generator
        var dealt: Set<Damage> = []
        for number in 1...4 * Seed.effort {
            let world = try World(&generator)
            let expected = try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                #expect(try await site.run().problems.isEmpty)
                return try await site.outcome()
            }
            try await MergeSite.with(world.dataset) { site in
                // Not a directory itself, so that manifests are cached too.
                let store = watched(site)
                var rest = world.stored.shuffled(using: &generator)[...]
                while !rest.isEmpty {
                    let count = 1 + generator.below(rest.count)
                    try site.add(rest.prefix(count))
                    rest = rest.dropFirst(count)
                    let report = try await site.run(through: store)
                    #expect(report.problems.isEmpty, "world \(number) of \(seed)")
                    let cache = site.directory.file("cache")
                    for path in try Shell.text(["find", cache, "-type", "f"]).split(separator: "\n")
                    {
                        dealt.insert(try damage(String(path), &generator))
                    }
                }
                #expect(try await site.run(through: store).problems.isEmpty)
                let difference = try await site.outcome().difference(from: expected)
                #expect(difference == nil, "world \(number) of \(seed)")
            }
        }
        #expect(dealt == Set(Damage.allCases), "\(seed)")
    }

    @Test func `what a manifest decides is read as it was written`() throws {
        var generator = seed.generator
        for _ in 0..<5 {
            for stored in try World(&generator).stored {
                var manifest = stored.manifest
                let facts = ManifestFacts(manifest)
                #expect(ManifestFacts(line: Array(facts.line.utf8)[...]) == facts, "\(seed)")
                manifest.source.kind = SegmentManifest.salvagedKind
                manifest.source.url = stored.reference.key.path
                let salvaged = ManifestFacts(manifest)
                #expect(salvaged.standsFor == stored.reference)
                #expect(ManifestFacts(line: Array(salvaged.line.utf8)[...]) == salvaged)
            }
        }
    }

    @Test func `a version of a manifest that was not read is not known`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let cache = try StoreCache(store: site.store, root: site.directory.file("cache"))
            let manifest = try segments[0].stored().manifest
            let key = StoreLayout.manifest(manifest.name, of: manifest.zone)
            var object = StoredObject(key: key, bytes: 1, etag: ETag("one"), digest: nil)
            var known = KnownFolders(cache, stream: "default")
            #expect(known.facts(of: object) == nil)
            known.add(ManifestFacts(manifest), of: object)
            try known.keep()
            var again = KnownFolders(cache, stream: "default")
            #expect(again.facts(of: object) == ManifestFacts(manifest))
            var foreign = KnownFolders(cache, stream: "other")
            #expect(foreign.facts(of: object) == nil)
            object.etag = ETag("two")
            #expect(again.facts(of: object) == nil)
        }
    }

    @Test func `an hour is settled as long as dataset, versions and segments are those`()
        async throws
    {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let cache = try StoreCache(store: site.store, root: site.directory.file("cache"))
            let hour = SmallWorld.hour
            let keys = segments.prefix(3).map { StoreLayout.manifest($0.name, of: $0.zone) }
            let version = PartitionVersion(index: ETag("i"), canonical: ETag("c"))
            var settled = SettledHours(cache, SmallWorld.dataset)
            settled.add(hour, version, keys)
            try settled.keep()
            let again = SettledHours(cache, SmallWorld.dataset)
            #expect(again.contains(hour, version, keys))
            #expect(again.contains(hour, version, keys.reversed()))
            #expect(!again.contains(hour, version, keys.dropLast()))
            #expect(!again.contains(hour, nil, keys))
            let next = Partition(hoursSince1970: hour.hoursSince1970 + 1)
            #expect(!again.contains(next, version, keys))
            for other in [
                PartitionVersion(index: ETag("x"), canonical: version.canonical),
                PartitionVersion(index: version.index, canonical: ETag("x")),
            ] {
                #expect(!again.contains(hour, other, keys))
            }
            var ignoring = SmallWorld.dataset
            ignoring.deletions = .ignore
            #expect(!SettledHours(cache, ignoring).contains(hour, version, keys))
        }
    }
}
