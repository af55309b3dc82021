import Shared
import TestSupport
import Testing

@testable import merger

struct PartitionSettlementTests {
    private let hour = SmallWorld.hour
    private let first = SmallWorld.segment("a", [SmallWorld.post(10), SmallWorld.post(20)])
    private let second = SmallWorld.segment(
        "b", instance: "2", [SmallWorld.post(20), SmallWorld.post(30)])
    private let third = SmallWorld.segment(
        "c", instance: "3", [SmallWorld.post(5), SmallWorld.post(30)])

    private func with(_ body: (MergeSite) async throws -> Void) async throws {
        try await MergeSite.with(SmallWorld.dataset, body)
    }

    private func expect(_ site: MergeSite, holds segments: [WorldSegment]) async throws {
        let answers = SmallWorld.dataset.answers(of: segments)
        let answer = try #require(answers[WorldTime.firstHour])
        let outcome = try await site.outcome()
        #expect(outcome.tables(like: answers)[hour] == answer.tables)
        let path = site.store.localPath(of: StoreLayout.canonical(hour))
        #expect(try Shell.run(["gzip", "-dc", path]) == answer.raw)
    }

    /// Says in the index that lies in the store that the data of a segment were taken away.
    private func expire(_ segment: WorldSegment, in site: MergeSite) throws {
        let path = site.store.localPath(of: StoreLayout.index(hour))
        _ = try Shell.python(
            """
            import sqlite3
            base = sqlite3.connect("\(path)")
            base.execute("UPDATE segment SET state='expired' WHERE key='\(segment.key)'")
            base.commit()
            """)
        try site.remove(segment.reference.key)
    }

    // MARK: What must not be overwritten

    @Test func `a canonical object without an index is left alone with exit code 12`() async throws
    {
        try await with { site in
            try site.add([first.stored()])
            let foreign = Array("somebody's own".utf8)
            try site.put(foreign, at: StoreLayout.canonical(hour))
            let report = try await site.run()
            #expect(report.problems.map(\.exitCode) == [.dataMissing])
            #expect(
                report.problems.map { "\($0)" } == [
                    "partition 2026-11-22T18: has a canonical object and no index: left alone"
                ])
            #expect(try site.bytes(of: StoreLayout.canonical(hour)) == foreign)
            #expect(!site.has(StoreLayout.index(hour)))
        }
    }

    @Test(arguments: [[UInt8]("no database".utf8), []])
    func `an index that is not one is left alone with exit code 12`(bytes: [UInt8]) async throws {
        try await with { site in
            try site.add([first.stored()])
            try site.put(bytes, at: StoreLayout.index(hour))
            let report = try await site.run()
            #expect(report.problems.map(\.exitCode) == [.dataMissing])
            #expect(try site.bytes(of: StoreLayout.index(hour)) == bytes)
            #expect(!site.has(StoreLayout.canonical(hour)))
        }
    }

    @Test func `what expired is never rebuilt from`() async throws {
        try await with { site in
            try site.add([first.stored(), second.stored()])
            try await site.run()
            try expire(first, in: site)
            try site.remove(StoreLayout.canonical(hour))
            let before = try site.bytes(of: StoreLayout.index(hour))
            try site.add([third.stored()])
            let report = try await site.run()
            #expect(Set(report.problems.map(\.exitCode)) == [.dataMissing])
            #expect(try site.bytes(of: StoreLayout.index(hour)) == before)
            #expect(!site.has(StoreLayout.canonical(hour)))
            try site.put([1], at: StoreLayout.canonical(hour))
            #expect(
                try await site.run().problems.map { "\($0)" } == [
                    "partition 2026-11-22T18: its canonical object is not the one that the index "
                        + "wants, and segments to make it from have expired: left alone"
                ])
            #expect(try site.bytes(of: StoreLayout.canonical(hour)) == [1])
        }
    }

    @Test func `a hour with expired segments takes further ones`() async throws {
        try await with { site in
            try site.add([first.stored(), second.stored()])
            try await site.run()
            try expire(first, in: site)
            try site.add([third.stored()])
            #expect(try await site.run().problems.isEmpty)
            let path = site.store.localPath(of: StoreLayout.canonical(hour))
            let answers = SmallWorld.dataset.answers(of: [first, second, third])
            #expect(try Shell.run(["gzip", "-dc", path]) == answers[WorldTime.firstHour]?.raw)
            let states = try site.index(of: hour).segments().map(\.isExpired)
            #expect(states == [true, false, false])
        }
    }

    @Test func `two runs at once on a hour with expired segments do not make it unmendable`()
        async throws
    {
        try await with { site in
            try site.add([first.stored()])
            try await site.run()
            try expire(first, in: site)
            try site.add([second.stored()])
            // The first run has put its index when a second one, which knows a further segment,
            // does its work up to its own canonical object; then the first goes on.
            let goes = Counter()
            let slow = InterferingStore(site.store) { [third] call in
                guard call.isPut(under: "canonical/"), goes.next() == 0 else { return .none }
                let fast = InterferingStore(site.store) { call in
                    call.isPut(under: "canonical/") ? .refuse(.unavailable) : .none
                }
                do {
                    try site.add([third.stored()])
                    try await site.run(cache: "other cache", through: fast)
                } catch {
                    Issue.record(error)
                }
                return .none
            }
            try await site.run(through: slow)
            #expect(goes.value > 0)
            #expect(try await site.run().problems.isEmpty)
            let path = site.store.localPath(of: StoreLayout.canonical(hour))
            let answers = SmallWorld.dataset.answers(of: [first, second, third])
            #expect(try Shell.run(["gzip", "-dc", path]) == answers[WorldTime.firstHour]?.raw)
        }
    }

    // MARK: What is missing

    @Test func `a manifest without its data is reported, and admitted once they are there`()
        async throws
    {
        try await with { site in
            var stored = try first.stored()
            let data = stored.data
            stored.data = nil
            try site.add([stored, second.stored()])
            let report = try await site.run()
            #expect(
                report.problems.map { "\($0)" } == [
                    "segment \(first.reference): has a manifest and no data: left out"
                ])
            #expect(report.problems.map(\.exitCode) == [.dataMissing])
            try await expect(site, holds: [second])
            stored.data = data
            try site.add([stored])
            #expect(try await site.run().problems.isEmpty)
            try await expect(site, holds: [first, second])
        }
    }

    @Test func `an admitted segment whose data are gone stops a rebuild, and nothing is lost`()
        async throws
    {
        try await with { site in
            try site.add([first.stored(), second.stored()])
            try await site.run()
            let before = try site.bytes(of: StoreLayout.index(hour))
            try site.remove(first.reference.key)
            try site.put([1, 2, 3], at: StoreLayout.canonical(hour))
            let report = try await site.run()
            #expect(report.problems.contains { $0.exitCode == .dataMissing })
            #expect(try site.bytes(of: StoreLayout.index(hour)) == before)
            #expect(try site.bytes(of: StoreLayout.canonical(hour)) == [1, 2, 3])
            try site.add([first.stored()])
            #expect(try await site.run().problems.isEmpty)
            try await expect(site, holds: [first, second])
        }
    }

    @Test func `an admitted segment whose manifest is gone stops a rebuild`() async throws {
        try await with { site in
            try site.add([first.stored(), second.stored()])
            try await site.run()
            try site.remove(StoreLayout.manifest(first.name, of: first.zone))
            #expect(
                try await site.run().problems.map { ($0 as? MergeError)?.code }
                    == [.noManifest(first.reference)])
            try site.remove(StoreLayout.canonical(hour))
            let report = try await site.run()
            #expect(
                report.problems.dropFirst().map { "\($0)" } == [
                    "segment \(first.reference): is admitted and its manifest is gone or unreadable"
                ])
            #expect(!site.has(StoreLayout.canonical(hour)))
        }
    }

    @Test func `a silent segment makes an hour with no records and its connection`() async throws {
        var silent = SmallWorld.segment("a", [])
        silent.connections = [
            SegmentManifest.ConnectionFacts(
                id: "x-1", from: SmallWorld.time(3), to: SmallWorld.time(200), kind: .live)
        ]
        try await with { [silent] site in
            try site.add([silent.stored()])
            let report = try await site.run()
            #expect(report.partitionsWritten == 1)
            try await expect(site, holds: [silent])
            #expect(try await site.run().partitionsUnchanged == 1)
        }
    }

    // MARK: The order of writes

    @Test func `the index is put before the canonical object`() async throws {
        try await with { site in
            try site.add([first.stored()])
            let watched = InterferingStore(site.store) { _ in .none }
            try await site.run(through: watched)
            let puts = watched.calls.filter { $0.kind == .put }.map(\.path)
            #expect(
                puts == [StoreLayout.index(hour).path, StoreLayout.canonical(hour).path])
        }
    }

    @Test func `between index and object the index names the object that is there`() async throws {
        try await with { site in
            try site.add([first.stored()])
            try await site.run()
            let old = try ContentDigest(of: site.bytes(of: StoreLayout.canonical(hour)))
            try site.add([second.stored()])
            let broken = InterferingStore(site.store) { call in
                call.isPut(under: "canonical/") ? .refuse(.unavailable) : .none
            }
            let report = try await site.run(through: broken)
            #expect(report.problems.map(\.exitCode) == [.storeUnreachable])
            #expect(try site.index(of: hour).replaced() == old)
            #expect(try site.index(of: hour).segments().map(\.isAdded) == [false, true])
            // Mended without reading the segment that is in the object already.
            try site.remove(first.reference.key)
            #expect(try await site.run().problems.isEmpty)
            try await expect(site, holds: [first, second])
        }
    }

    @Test func `without conditional writes a single run does the same`() async throws {
        try await with { site in
            try site.add([first.stored(), second.stored()])
            var configuration = try site.configuration()
            configuration.usesConditionalWrites = false
            let run = MergeRun(
                store: site.store, configuration: configuration, span: PartitionSpan(),
                isFull: true, logger: MergeSite.quiet, progress: Progress())
            #expect(try await run.run().problems.isEmpty)
            try await expect(site, holds: [first, second])
        }
    }

    @Test func `a partition that others write without end is left to the next run`() async throws {
        try await with { site in
            try site.add([first.stored()])
            let contended = InterferingStore(site.store) { call in
                call.isPut(under: "index/") ? .refuse(.preconditionFailed) : .none
            }
            let report = try await site.run(through: contended)
            #expect(report.problems.map { ($0 as? MergeError)?.code } == [.contended])
            #expect(contended.faultCount == 10)
        }
    }
}
