import Shared
import TestSupport
import Testing

@testable import merger

struct AdoptionTests {
    private let zone = SampleStream.zone("a")

    /// Adopts a file of these lines into a site of its own.
    private func adopt(
        _ content: String, dataset: Dataset = SmallWorld.dataset, times: Int = 1,
        _ body: (MergeSite, [Adoption.Outcome]) async throws -> Void
    ) async throws {
        try await MergeSite.with(dataset) { site in
            try site.directory.write(
                try Shell.run(["gzip", "-nc"], input: Array(content.utf8)), to: "tweets.log.gz")
            var outcomes: [Adoption.Outcome] = []
            for _ in 0..<times {
                let adoption = Adoption(zone: zone, maker: try maker(site, dataset))
                outcomes.append(
                    try await adoption.run(
                        site.directory.file("tweets.log.gz"), source: "s3://old/tweets.log.gz"
                    ).outcome)
            }
            try await body(site, outcomes)
        }
    }

    private func maker(_ site: MergeSite, _ dataset: Dataset) throws -> SegmentMaker {
        SegmentMaker(
            store: site.store, dataset: dataset, isConditional: true,
            scratch: try Scratch(root: site.directory.file("scratch")))
    }

    private func text(_ lines: [WorldLine]) -> String {
        lines.map { String(decoding: $0.bytes, as: UTF8.self) + "\r\n" }.joined()
    }

    private let lines = [
        SmallWorld.post(20), .delete(SmallWorld.id(30)), SmallWorld.post(10),
        WorldLine.unreadable[0], SmallWorld.post(90),
    ]

    private func manifest(_ outcome: Adoption.Outcome?) throws -> SegmentManifest {
        let adopted: SegmentManifest? =
            if case .adopted(let manifest) = outcome { manifest } else { nil }
        return try #require(adopted)
    }

    @Test func `a file becomes a segment that stands for the span of its ids`() async throws {
        try await adopt(text(lines) + "\r\n") { site, outcomes in
            let manifest = try manifest(outcomes.first)
            #expect(manifest.lines == 5)
            #expect([manifest.records, manifest.notices, manifest.unreadable] == [3, 1, 1])
            #expect(manifest.received.first == SmallWorld.time(10))
            #expect(manifest.received.last == SmallWorld.time(90))
            #expect(manifest.clock.basis == .content)
            #expect(manifest.source.url == "s3://old/tweets.log.gz")
            let connection = try #require(manifest.connections.first)
            #expect(connection.kind == .claimed)
            #expect(connection.covers == manifest.received)
            let file = try site.directory.read("tweets.log.gz")
            #expect(manifest.instance.hex == ContentDigest(of: file).hex.prefix(16))
            let path = site.store.localPath(of: manifest.reference.key)
            #expect(try SegmentCheck.lines(path) == lines.map(\.bytes))
        }
    }

    @Test func `adopting twice is the same as once`() async throws {
        try await adopt(text(lines), times: 2) { site, outcomes in
            let first = try manifest(outcomes.first)
            guard case .alreadyThere(let reference) = try #require(outcomes.last) else {
                Issue.record("adopted again")
                return
            }
            #expect(reference == first.reference)
            #expect(try await site.store.listAll("segments/").count == 1)
        }
    }

    @Test func `two adoptions of one file give the same bytes`() async throws {
        var stored: [[UInt8]] = []
        for _ in 0..<2 {
            try await adopt(text(lines)) { site, outcomes in
                let manifest = try manifest(outcomes.first)
                let key = StoreLayout.manifest(manifest.name, of: zone)
                stored.append(try site.bytes(of: key) + site.bytes(of: manifest.reference.key))
            }
        }
        #expect(stored[0] == stored[1])
    }

    @Test func `an adopted file of long ago is noted, and a plain run merges it`() async throws {
        let old = WorldLine.legacyPost(WorldTime.id(at: 1_500_000_000_000), "old")
        try await adopt(text([old])) { site, outcomes in
            let manifest = try manifest(outcomes.first)
            #expect(site.has(StoreLayout.pending(manifest.name)))
            let report = try await site.run(isFull: false)
            #expect(report.problems.isEmpty)
            #expect(report.total == Ledger(lines: 1, canonical: 1))
            #expect(!site.has(StoreLayout.pending(manifest.name)))
        }
    }

    @Test func `an overlong line is kept aside and counted with its whole length`() async throws {
        var dataset = SmallWorld.dataset
        dataset.limits.lineBytes = 100
        let long = String(repeating: "x", count: 250)
        try await adopt(text([lines[0]]) + long + "\n", dataset: dataset) { site, outcomes in
            let manifest = try manifest(outcomes.first)
            #expect(manifest.lines == 1)
            #expect(manifest.overlong?.lines == 1)
            #expect(manifest.overlong?.bytes == 250)
            let key = StoreLayout.quarantine(manifest.name, of: zone, number: 1)
            #expect(try site.bytes(of: key) == Array(long.utf8.prefix(100)))
        }
    }

    @Test(arguments: ["", "not JSON\n", "{\"limit\":{\"track\":1}}\n"])
    func `a file without a post is not adopted`(content: String) async throws {
        await #expect(throws: ConfigurationError.self) {
            try await adopt(content) { _, _ in }
        }
    }

    /// What a survey of some hours says of a file that was adopted.
    private func coverage(
        of file: [UInt8], _ first: String, _ last: String
    ) async throws -> CoverageReport {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.directory.write(file, to: "old.gz")
            let adoption = Adoption(zone: zone, maker: try maker(site, SmallWorld.dataset))
            _ = try await adoption.run(site.directory.file("old.gz"), source: "old.gz")
            return try await CoverageSurvey(
                archive: try ArchiveReader(site.configuration()),
                span: PartitionSpan(first: Partition(first), last: Partition(last)),
                rules: CoverageRules(deliveryLag: .seconds(7))
            ).run()
        }
    }

    private func gzip(_ lines: [WorldLine]) throws -> [UInt8] {
        try Shell.run(["gzip", "-nc"], input: Array(text(lines).utf8))
    }

    @Test(arguments: [true, false])
    func `what a damaged file lacks in its middle stays a gap`(isCutOff: Bool) async throws {
        func posts(_ seconds: Range<Int>) throws -> [UInt8] {
            let times = stride(from: seconds.lowerBound, to: seconds.upperBound, by: 5)
            return try gzip(times.map { SmallWorld.post(Int64($0)) })
        }
        let (head, tail) = (try posts(0..<1500), try posts(2100..<3600))
        let lost = try posts(1500..<2100)
        let file =
            isCutOff
            ? Array(head.dropLast(3)) + tail
            : head + Array(repeating: 0, count: lost.count) + tail
        let hour = "\(SmallWorld.hour)"
        let report = try await coverage(of: file, hour, hour)
        let gaps = report.union.gaps.map { [$0.startTime, $0.endTime] }
        // The last posts of the pieces are of 1495 and 3595; 7 seconds of each end are in doubt.
        #expect(
            gaps == [[0, 7], [1488, 2107], [3588, 3600]].map { $0.map { SmallWorld.time($0) } })
    }

    @Test(arguments: [
        // A counter from before snowflakes says no time.
        20,
        // A digit was flipped.
        WorldTime.id(at: 1_700_000_000_000),
    ])
    func `an id apart from all others fills nothing`(id: Int64) async throws {
        let start: Int64 = 1_620_000_000_000  // 2021-05-03T00:00:00Z
        let posts = [start, start + 20_000].map {
            WorldLine.legacyPost(WorldTime.id(at: $0), "new")
        }
        let file = try gzip(posts + [.legacyPost(id, "apart")])
        for (first, last, recovered) in [
            ("2010-11-04T01", "2010-11-04T02", 0), ("2015-05-03T00", "2015-05-03T00", 0),
            ("2021-05-02T23", "2021-05-03T01", 6000), ("2023-11-14T21", "2023-11-14T23", 0),
        ] {
            let report = try await coverage(of: file, first, last)
            #expect(report.union.recoveredMs == Int64(recovered))
        }
    }

    @Test func `a file of ids that say no time is adopted and fills nothing`() async throws {
        let file = try gzip([.legacyPost(20, "first"), .legacyPost(4_000_000_000_000, "later")])
        let report = try await coverage(of: file, "2010-11-04T01", "2010-11-04T01")
        #expect(report.zones.map(\.recoveredMs) == [0])
    }

    @Test func `a torn file is adopted as what inflates, and its place is named`() async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let whole = try Shell.run(["gzip", "-nc"], input: Array(text(lines).utf8))
            try site.directory.write(Array(whole.dropLast(3)), to: "torn.gz")
            let adoption = Adoption(zone: zone, maker: try maker(site, SmallWorld.dataset))
            let (outcome, damages) = try await adoption.run(
                site.directory.file("torn.gz"), source: "torn.gz")
            let manifest = try manifest(outcome)
            #expect(
                damages == [GzipDamage(kind: .cutOff, offset: whole.count - 3, bytes: 0)])
            #expect(manifest.lines == lines.count)
            #expect(manifest.salvage?.records == lines.count)
            #expect(manifest.salvage?.bytesLost == 0)
        }
    }
}
