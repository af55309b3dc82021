import Shared
import Synchronization
import TestSupport
import Testing

@testable import merger

struct RepairTests {
    private let segment = SmallWorld.segment(
        "a", memberLines: 2,
        [
            SmallWorld.post(10), .limit(3), SmallWorld.post(20), WorldLine.unreadable[0],
            SmallWorld.post(40), SmallWorld.post(50),
        ])
    private let other = SmallWorld.segment(
        "b", instance: "2", [SmallWorld.post(20, "other"), SmallWorld.post(30)])

    private func repair(
        _ site: MergeSite, through store: (any ObjectStore)? = nil, isDryRun: Bool = false,
        grace: Duration = .zero, now: Timestamp = SmallWorld.time(7200)
    ) async throws -> RepairReport {
        let store = store ?? site.store
        let repair = Repair(
            maker: SegmentMaker(
                store: store, dataset: SmallWorld.dataset, isConditional: true,
                scratch: try Scratch(root: site.directory.file("scratch"))),
            cache: try StoreCache(store: store, root: site.directory.file("cache")),
            span: PartitionSpan(), grace: grace, isDryRun: isDryRun)
        return try await repair.run(now: now)
    }

    private func with(_ body: (MergeSite) async throws -> Void) async throws {
        try await MergeSite.with(SmallWorld.dataset, body)
    }

    private func objects(_ site: MergeSite) async throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for object in try await site.store.listAll("") {
            found[object.key.path] = try site.bytes(of: object.key)
        }
        return found
    }

    /// Ids that the merged hour has.
    private func ids(_ site: MergeSite) throws -> [Int64] {
        let index = try site.index(of: SmallWorld.hour)
        let rows = try index.database.prepare("SELECT id FROM tweet ORDER BY id")
        var ids: [Int64] = []
        while try rows.step() { ids.append(rows.integer(0)) }
        return ids
    }

    private func ids(_ seconds: Int64...) -> [Int64] { seconds.map { SmallWorld.id($0) } }

    // MARK: Sound data

    @Test func `data without a manifest get one from the bytes, and are merged`() async throws {
        try await with { site in
            let stored = try segment.stored()
            let data = try #require(stored.data)
            try site.add([other.stored()])
            try site.put(data, at: segment.reference.key)
            let left = try await site.run()
            #expect(
                left.problems.map { ($0 as? MergeError)?.code } == [.noManifest(segment.reference)])
            #expect(left.problems.first.map { "\($0)".contains("merger repair") } == true)
            let report = try await repair(site)
            let digits = ContentDigest(of: data).hex.prefix(16)
            let entry = try #require(report.repaired.first)
            #expect(entry.reason == .noManifest)
            #expect(entry.manifest.hasSuffix("/\(segment.name).\(digits).json"))
            let key = try #require(ObjectKey(entry.manifest))
            let manifest = try SegmentManifest.decode(site.bytes(of: key), from: "test")
            #expect(manifest.clock.basis == .content)
            #expect(manifest.connections.isEmpty)
            #expect(manifest.arrivals.map(\.lines) == [6])
            #expect(manifest.members == stored.manifest.members)
            #expect(manifest.hours == stored.manifest.hours)
            #expect(manifest.raw == stored.manifest.raw)
            #expect(try await site.run().problems.isEmpty)
            #expect(try ids(site) == ids(10, 20, 30, 40, 50))
            #expect(try await repair(site).examined == 0)
        }
    }

    @Test func `what Python finds in the data is what the manifest says`() async throws {
        try await with { site in
            var segment = segment
            segment.memberLines = nil
            try site.put(try #require(segment.stored().data), at: segment.reference.key)
            let entry = try #require(try await repair(site).repaired.first)
            let manifest = try site.bytes(of: try #require(ObjectKey(entry.manifest)))
            try site.directory.write(manifest, to: "\(segment.name).json")
            try site.directory.write(
                try #require(segment.stored().data), to: "\(segment.name).ndjson.gz")
            try SegmentCheck.verify(
                [site.directory.file("\(segment.name).json")],
                latestIDTime: "\(SmallWorld.dataset.limits.latestIDTime)")
        }
    }

    @Test(arguments: FalseManifestTests.Lie.allCases)
    func `a false manifest is answered by a true one, once`(
        lie: FalseManifestTests.Lie
    ) async throws {
        try await with { site in
            let liar = SmallWorld.segment(
                "a", memberLines: 3,
                [
                    SmallWorld.post(10), .limit(3), WorldLine.unreadable[0], SmallWorld.post(20),
                    SmallWorld.post(40),
                ])
            var stored = try liar.stored()
            lie.apply(to: &stored.manifest)
            try site.add([stored, other.stored()])
            #expect(try await !site.run().problems.isEmpty)
            let report = try await repair(site)
            #expect(report.repaired.map(\.reason) == [.falseManifest])
            #expect(report.problems.isEmpty)
            #expect(try await site.run().problems.isEmpty)
            #expect(try ids(site) == ids(10, 20, 30, 40))
            let before = try await objects(site)
            #expect(try await repair(site).repaired.isEmpty)
            #expect(try await objects(site) == before)
        }
    }

    @Test func `a manifest that is no JSON is answered, and not reported again`() async throws {
        try await with { site in
            let stored = try segment.stored()
            try site.add([stored])
            try site.put(
                Array("{".utf8), at: StoreLayout.manifest(segment.name, of: segment.zone))
            #expect(try await site.run().problems.count == 1)
            #expect(try await repair(site).repaired.map(\.reason) == [.falseManifest])
            #expect(try await site.run().problems.isEmpty)
        }
    }

    @Test func `a true manifest is left alone, merged or not`() async throws {
        try await with { site in
            try site.add([segment.stored(), other.stored()])
            let report = try await repair(site)
            #expect(report.examined == 2)
            #expect(report.repaired.isEmpty)
            try await site.run()
            #expect(try await repair(site).examined == 0)
        }
    }

    @Test func `a manifest of another stream is left alone`() async throws {
        try await with { site in
            var stored = try segment.stored()
            stored.manifest.stream = "other"
            try site.add([stored])
            let before = try await objects(site)
            #expect(try await repair(site).repaired.isEmpty)
            #expect(try await objects(site) == before)
        }
    }

    @Test func `a dry run says the same and writes nothing`() async throws {
        try await with { site in
            try site.put(try #require(segment.stored().data), at: segment.reference.key)
            let before = try await objects(site)
            let plan = try await repair(site, isDryRun: true)
            #expect(try await objects(site) == before)
            #expect(
                try await repair(site).repaired.map(\.manifest) == plan.repaired.map(\.manifest))
            #expect(plan.repaired.count == 1)
        }
    }

    @Test func `younger data are left to whoever ships them`() async throws {
        try await with { site in
            try site.put(try #require(segment.stored().data), at: segment.reference.key)
            let grace = Duration.seconds(600)
            let young = try await repair(site, grace: grace, now: SmallWorld.time(600))
            #expect(young.repaired.isEmpty)
            let old = try await repair(site, grace: grace, now: SmallWorld.time(601))
            #expect(old.repaired.count == 1)
        }
    }

    @Test func `a segment of long ago gets a note, and a plain run merges it`() async throws {
        try await with { site in
            let late = SmallWorld.segment(
                "a", start: -400 * 86_400, [SmallWorld.post(-399 * 86_400)])
            try site.put(try #require(late.stored().data), at: late.reference.key)
            #expect(try await repair(site).repaired.count == 1)
            #expect(site.has(StoreLayout.pending(late.name)))
            let report = try await site.run(isFull: false)
            #expect(report.segmentsAdmitted == 2)
            #expect(!site.has(StoreLayout.pending(late.name)))
        }
    }

    @Test func `data that were merged and are others now can only be restored`() async throws {
        try await with { site in
            let stored = try segment.stored()
            try site.add([stored])
            try await site.run()
            try site.remove(StoreLayout.manifest(segment.name, of: segment.zone))
            var data = try #require(stored.data)
            data.removeLast(20)
            try site.put(data, at: segment.reference.key)
            let before = try await objects(site)
            let report = try await repair(site)
            #expect(report.exitCode == .dataMissing)
            #expect(report.problems.first?.contains("restore the version") == true)
            #expect(try await objects(site) == before)
        }
    }

    // MARK: Damaged data

    enum Harm: String, CaseIterable {
        case cutEnd, cutMiddle, wrongCRC, garbage, zeroTail, empty

        func apply(to data: [UInt8], members: [SegmentManifest.MemberFacts]) -> [UInt8] {
            let second = members[1].offset
            let third = members[2].offset
            switch self {
            case .cutEnd: return Array(data.dropLast(12))
            case .cutMiddle: return Array(data[..<(third - 12)] + data[third...])
            case .wrongCRC:
                var data = data
                data[third - 6] ^= 1
                return data
            case .garbage: return Array(data[..<second] + Array("garbage".utf8) + data[second...])
            case .zeroTail: return Array(data[..<third]) + [UInt8](repeating: 0, count: 4096)
            case .empty: return []
            }
        }

        /// Seconds of the posts that can be had for sure.
        var sure: [Int64] {
            switch self {
            case .cutEnd: [10, 20]
            case .cutMiddle: [10, 40, 50]
            case .wrongCRC, .garbage: [10, 20, 40, 50]
            case .zeroTail: [10, 20]
            case .empty: []
            }
        }
    }

    @Test(arguments: Harm.allCases)
    func `of damaged data what inflates is merged, and they are not reported again`(
        harm: Harm
    ) async throws {
        try await with { site in
            let stored = try segment.stored()
            let data = harm.apply(
                to: try #require(stored.data), members: stored.manifest.members)
            try site.add([stored, other.stored()])
            try site.put(data, at: segment.reference.key)
            #expect(try await !site.run().problems.isEmpty)
            let report = try await repair(site)
            let entry = try #require(report.repaired.first)
            #expect(entry.reason == .damagedData)
            #expect(entry.damages?.isEmpty == false)
            #expect(try site.bytes(of: segment.reference.key) == data)
            #expect(try await site.run().problems.isEmpty)
            let found = Set(try ids(site))
            #expect(found.isSuperset(of: harm.sure.map { SmallWorld.id($0) } + ids(20, 30)))
            #expect(found.isSubset(of: ids(10, 20, 30, 40, 50)))
            let before = try await objects(site)
            #expect(try await repair(site).repaired.isEmpty)
            #expect(try await site.run().partitionsWritten == 0)
            #expect(try await objects(site) == before)
        }
    }

    @Test func `data that are restored take their own place again`() async throws {
        try await with { site in
            let stored = try segment.stored()
            try site.add([stored])
            try site.put(
                Harm.zeroTail.apply(
                    to: try #require(stored.data), members: stored.manifest.members),
                at: segment.reference.key)
            _ = try await repair(site)
            try await site.run()
            #expect(try ids(site) == ids(10, 20))
            try site.put(try #require(stored.data), at: segment.reference.key)
            #expect(try await site.run().problems.isEmpty)
            #expect(try ids(site) == ids(10, 20, 40, 50))
        }
    }

    // MARK: Crashes

    @Test(arguments: [InterferingStore.Interference.refuse(.unavailable), .loseReply])
    func `a repair that is cut short at any write ends like one that was not`(
        interference: InterferingStore.Interference
    ) async throws {
        let stored = try segment.stored()
        let damaged = Harm.cutMiddle.apply(
            to: try #require(stored.data), members: stored.manifest.members)
        func prepare(_ site: MergeSite) throws {
            try site.add([stored])
            try site.put(damaged, at: segment.reference.key)
            try site.put(try #require(other.stored().data), at: other.reference.key)
            // With a note.
            let late = SmallWorld.segment(
                "c", start: -400 * 86_400, [SmallWorld.post(-399 * 86_400)])
            try site.put(try #require(late.stored().data), at: late.reference.key)
        }
        var wanted: [String: [UInt8]] = [:]
        try await with { site in
            try prepare(site)
            #expect(try await repair(site).repaired.count == 3)
            wanted = try await objects(site)
        }
        var faults = 0
        for number in 1...20 {
            try await with { site in
                try prepare(site)
                let puts = Mutex(0)
                let store = InterferingStore(site.store) { call in
                    guard call.kind == .put else { return .none }
                    return puts.withLock { count in
                        count += 1
                        return count == number ? interference : .none
                    }
                }
                _ = try? await repair(site, through: store)
                faults += store.faultCount
                _ = try await repair(site)
                #expect(try await objects(site) == wanted, "cut short at write \(number)")
            }
        }
        #expect(faults == 5)
    }
}
