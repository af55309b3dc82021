import Shared
import TestSupport
import Testing

@testable import merger

struct ExpiryTests {
    private let hour = SmallWorld.hour
    /// From 18:00 to 18:05, and of the hour before too.
    private let first = SmallWorld.segment(
        "a", [SmallWorld.post(10), SmallWorld.post(20), SmallWorld.post(-30)])
    private let second = SmallWorld.segment(
        "b", instance: "2", [SmallWorld.post(20), .delete(SmallWorld.id(10))])
    private let late = SmallWorld.segment(
        "c", instance: "3", [SmallWorld.post(5), .delete(SmallWorld.id(20))])
    /// When the first two are a day old.
    private let now = SmallWorld.time(86_700)

    private func with(_ body: (MergeSite) async throws -> Void) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first.stored(), second.stored()])
            #expect(try await site.run().problems.isEmpty)
            try await body(site)
        }
    }

    private func expectCanonical(_ site: MergeSite, of segments: [WorldSegment]) throws {
        for (hour, answer) in SmallWorld.dataset.answers(of: segments) {
            let key = StoreLayout.canonical(WorldTime.partition(hour))
            #expect(try Shell.run(["gzip", "-dc", site.store.localPath(of: key)]) == answer.raw)
        }
    }

    private func states(_ site: MergeSite) throws -> [Bool] {
        try site.index(of: hour).segments().map(\.isExpired)
    }

    @Test func `old data go, rows say so, and everything that was made of them stays`()
        async throws
    {
        try await with { site in
            let before = try await site.outcome()
            let report = try await site.expire(at: now)
            #expect(report.expired.map(\.segment) == ["\(first.reference)", "\(second.reference)"])
            #expect(report.exitCode == .done)
            #expect(!site.has(first.reference.key))
            #expect(!site.has(second.reference.key))
            #expect(site.has(StoreLayout.manifest(first.name, of: first.zone)))
            let after = try await site.outcome()
            #expect(after.canonical == before.canonical)
            #expect(after.expiring(before).difference(from: before) == nil)
            #expect(try states(site) == [true, true])
            #expect(try await site.audit(at: now).isEmpty)
            #expect(try await site.run().partitionsWritten == 0)
            #expect(try await site.expire(at: now).expired.isEmpty)
        }
    }

    @Test func `what is a millisecond too young stays, and a dry run changes nothing`()
        async throws
    {
        try await with { site in
            let young = Timestamp(milliseconds: now.milliseconds - 1)
            #expect(try await site.expire(at: young).expired.isEmpty)
            let before = try await site.outcome()
            let report = try await site.expire(at: now, isDryRun: true)
            #expect(report.expired.count == 2)
            #expect(site.has(first.reference.key))
            #expect(try await site.outcome() == before)
        }
    }

    @Test func `data that an hour has not admitted yet stay, those of others go`() async throws {
        try await with { site in
            try site.add([late.stored()])
            let report = try await site.expire(at: now)
            #expect(report.heldBack.map(\.segment) == ["\(late.reference)"])
            #expect(report.exitCode == .done)
            #expect(site.has(late.reference.key))
            #expect(!site.has(first.reference.key))
            // On top of what is there.
            #expect(try await site.run().problems.isEmpty)
            try expectCanonical(site, of: [first, second, late])
            #expect(try await site.expire(at: now).expired.count == 1)
            #expect(try states(site) == [true, true, true])
        }
    }

    @Test func `where the object is not what the index wants nothing of its hour goes`()
        async throws
    {
        try await with { site in
            let key = StoreLayout.canonical(hour)
            try site.put([1, 2, 3], at: key)
            let report = try await site.expire(at: now)
            #expect(report.expired.isEmpty)
            #expect(report.heldBack.map(\.hour) == [hour, hour])
            #expect(report.exitCode == .dataMissing)
            #expect(try states(site) == [false, false])
            #expect(try await site.run().problems.isEmpty)
            #expect(try await site.expire(at: now).expired.count == 2)
        }
    }

    @Test func `an hour that a run has not ended is left to the next`() async throws {
        try await with { site in
            try site.add([late.stored()])
            let broken = InterferingStore(site.store) { call in
                call.isPut(under: "canonical/") ? .refuse(.unavailable) : .none
            }
            try await site.run(through: broken)
            #expect(broken.faultCount == 1)
            let report = try await site.expire(at: now)
            #expect(report.expired.isEmpty)
            #expect(report.heldBack.count == 3)
            #expect(report.exitCode == .done)
            #expect(try await site.run().problems.isEmpty)
            #expect(try await site.expire(at: now).expired.count == 3)
        }
    }

    @Test func `a canonical object that is lost between proof and deletion keeps the data`()
        async throws
    {
        try await with { site in
            let goes = Counter()
            let losing = InterferingStore(site.store) { [hour] call in
                if call.isPut(under: StoreLayout.index(hour).path), goes.next() == 0 {
                    try? site.remove(StoreLayout.canonical(hour))
                }
                return .none
            }
            let report = try await site.expire(at: now, through: losing)
            #expect(goes.value == 1)
            #expect(report.expired.isEmpty)
            #expect(site.has(first.reference.key) && site.has(second.reference.key))
        }
    }

    @Test func `a run that writes the hour meanwhile is taken into account`() async throws {
        try await with { site in
            let goes = Counter()
            let busy = InterferingStore(site.store) { [hour, late] call in
                guard call.isPut(under: StoreLayout.index(hour).path), goes.next() == 0 else {
                    return .none
                }
                do {
                    try site.add([late.stored()])
                    try await site.run(cache: "other cache")
                } catch {
                    Issue.record(error)
                }
                return .none
            }
            let report = try await site.expire(at: now, through: busy)
            #expect(goes.value == 2)
            #expect(report.expired.count == 2)
            try expectCanonical(site, of: [first, second, late])
            #expect(try states(site) == [true, true, false])
            #expect(try await site.audit(at: now).isEmpty)
        }
    }

    @Test func `an expiry during a run does not undo it`() async throws {
        try await with { site in
            try site.add([late.stored()])
            let goes = Counter()
            let busy = InterferingStore(site.store) { [hour, now] call in
                guard call.isPut(under: StoreLayout.index(hour).path), goes.next() == 0 else {
                    return .none
                }
                do {
                    #expect(try await site.expire(at: now, cache: "other cache").expired.count == 2)
                } catch {
                    Issue.record(error)
                }
                return .none
            }
            #expect(try await site.run(through: busy).problems.isEmpty)
            #expect(goes.value == 2)
            try expectCanonical(site, of: [first, second, late])
            #expect(try states(site) == [true, true, false])
        }
    }

    @Test func `two expiries at once end as one does`() async throws {
        try await with { site in
            let problems = try await withThrowingTaskGroup(of: ExpiryReport.self) { group in
                for number in 0..<3 {
                    group.addTask { try await site.expire(at: now, cache: "cache \(number)") }
                }
                return try await group.reduce(into: []) { $0 += $1.problems }
            }
            #expect(problems.isEmpty)
            #expect(try states(site) == [true, true])
            #expect(!site.has(first.reference.key) && !site.has(second.reference.key))
        }
    }

    @Test func `damaged data go with the segment that stands for them`() async throws {
        try await with { site in
            var standIn = SmallWorld.segment("a", start: 30, instance: "7", [SmallWorld.post(40)])
            standIn.end = standIn.name.start.milliseconds + 1
            let damaged = SegmentReference(
                zone: standIn.zone,
                name: SegmentName(
                    start: standIn.name.start, instance: ListenerInstance.random(), sequence: 0))
            let torn = Array("torn".utf8)
            try site.put(torn, at: damaged.key)
            var stored = try standIn.stored()
            let name = SegmentName(
                start: standIn.name.start,
                instance: ListenerInstance(contentOf: ContentDigest(of: torn)), sequence: 0)
            let data = try #require(stored.data)
            stored.manifest.instance = name.instance
            let key = stored.manifest.reference.key
            stored.manifest.object?.key = key.path
            stored.manifest.source = SegmentManifest.SourceFacts(
                kind: SegmentManifest.salvagedKind, url: damaged.key.path)
            try site.put(data, at: key)
            try site.putManifest(stored.manifest)
            #expect(try await site.run().problems.isEmpty)
            let report = try await site.expire(at: now)
            #expect(report.expired.count == 3)
            #expect(!site.has(damaged.key) && !site.has(key))
            #expect(try await site.run().problems.isEmpty)
            #expect(try await site.audit(at: now).isEmpty)
        }
    }

    // MARK: What is said of data that are there or gone

    @Test func `data that are gone are a problem unless every hour says that they have expired`()
        async throws
    {
        try await with { site in
            let data = try first.stored()
            try await site.expire(at: now)
            #expect(try await site.audit(at: now).isEmpty)
            try site.add([data])
            #expect(
                try await site.audit(at: now) == [
                    "segment \(first.reference): has expired, and its data are still there: merger expire"
                ])
            try await site.expire(at: now)
            #expect(try await site.audit(at: now).isEmpty)
            let key = StoreLayout.index(hour)
            _ = try Shell.python(
                """
                import sqlite3
                base = sqlite3.connect("\(site.store.localPath(of: key))")
                base.execute("UPDATE segment SET state='present' WHERE number = 0")
                base.commit()
                """)
            #expect(
                try await site.audit(at: now) == [
                    "segment \(first.reference): its data are gone, and only some of its hours say "
                        + "that they have expired"
                ])
        }
        try await with { site in
            try site.remove(first.reference.key)
            #expect(
                try await site.audit(at: now) == ["segment \(first.reference): its data are gone"])
        }
    }
}
