import Shared
import TestSupport
import Testing

@testable import merger

/// Expected values are worked out by hand from `docs/COVERAGE.md`: a clock that was compared is in
/// doubt by 1000 ms to both sides.
struct ZoneTimelineTests {
    private let stop = "the listener was stopped"

    @Test func `a connection covers what was delivered for certain`() {
        var run = ZoneWorld.Run()
        run.segment(100_000, 400_000, ZoneWorld.live("1", 110_000, 390_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000) == [
                "0-111000 gap no listener had connected yet", "111000-382000 covered",
                "382000-1000000 gap \(stop)",
            ])
    }

    @Test func `a piece with the same id in the next sequence continues a connection`() {
        var run = ZoneWorld.Run()
        // 9 seconds were quiet at the end of the first segment.
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 291_000))
        run.segment(300_000, 600_000, ZoneWorld.live("1", 300_000, 599_000))
        run.segment(600_000, 700_000, ZoneWorld.live("1", 600_000, 650_000, "reset"))
        #expect(
            ZoneWorld.stretches(run.manifests) == [
                "0-1000 gap no listener had connected yet", "1000-649000 covered",
                "649000-700000 gap reset",
                "700000-1000000 unknown nothing has come from the zone since",
            ])
    }

    @Test func `a missing sequence is unknown, as far as deliveries may lie in it`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 300_000))
        run.sequence = 2
        run.segment(600_000, 900_000, ZoneWorld.live("1", 600_000, 900_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 5000).dropFirst() == [
                "1000-294000 covered",
                "294000-601000 unknown the manifest 1 of a listener is missing",
                "601000-894000 covered", "894000-1000000 gap \(stop)",
            ])
    }

    @Test func `a missing sequence behind the end of a connection leaves its gap a gap`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 200_000, "reset"))
        run.sequence = 3
        run.segment(600_000, 900_000, ZoneWorld.live("2", 650_000, 900_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests).dropFirst() == [
                "1000-199000 covered", "199000-300000 gap reset",
                "300000-600000 unknown the manifests 1 to 2 of a listener are missing",
                "600000-651000 gap reset", "651000-899000 covered",
                "899000-1000000 gap \(stop)",
            ])
    }

    @Test func `before the first manifest that is there, earlier ones of the run are unknown`() {
        var run = ZoneWorld.Run()
        run.sequence = 4
        run.segment(500_000, 900_000, ZoneWorld.live("1", 500_000, 900_000, stop))
        let missing = "unknown the manifests 0 to 3 of a listener are missing"
        #expect(ZoneWorld.stretches(run.manifests).first == "0-501000 \(missing)")
        var before = ZoneWorld.Run("2")
        before.segment(0, 100_000, ZoneWorld.live("1", 0, 90_000, "reset"))
        #expect(
            ZoneWorld.stretches(run.manifests + before.manifests).dropFirst(2).prefix(2) == [
                "89000-100000 gap reset", "100000-501000 \(missing)",
            ])
    }

    @Test func `a connection without an end and without a next manifest ends in the unknown`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 300_000))
        let missing = "unknown the manifest 1 of a listener is missing"
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 5000).dropFirst() == [
                "1000-294000 covered", "294000-1000000 \(missing)",
            ])
        var next = ZoneWorld.Run("2")
        next.segment(500_000, 900_000, ZoneWorld.live("1", 510_000, 900_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests + next.manifests, lag: 5000).dropFirst(2) == [
                "294000-500000 \(missing)", "500000-511000 gap its end was not recorded",
                "511000-894000 covered", "894000-1000000 gap \(stop)",
            ])
    }

    @Test func `two listeners of a zone that overlap leave no gap between them`() {
        var old = ZoneWorld.Run("1")
        old.segment(0, 500_000, ZoneWorld.live("1", 0, 499_000, stop))
        var new = ZoneWorld.Run("2")
        new.segment(480_000, 900_000, ZoneWorld.live("1", 481_000, 899_000, stop))
        #expect(
            ZoneWorld.stretches(old.manifests + new.manifests, lag: 7000).dropFirst() == [
                "1000-891000 covered", "891000-1000000 gap \(stop)",
            ])
    }

    @Test func `a restart after a crash is a gap with the cause of the crash`() {
        var killed = ZoneWorld.Run("1")
        // Salvaged: the segment ends with the last sync, the connection with its last byte.
        killed.segment(
            0, 300_500, ZoneWorld.live("1", 0, 300_400, SegmentRecovery.crashCause))
        var next = ZoneWorld.Run("2")
        next.segment(400_000, 900_000, ZoneWorld.live("1", 402_000, 900_000, stop))
        #expect(
            ZoneWorld.stretches(killed.manifests + next.manifests, lag: 7000).dropFirst() == [
                "1000-292400 covered", "292400-403000 gap \(SegmentRecovery.crashCause)",
                "403000-892000 covered", "892000-1000000 gap \(stop)",
            ])
    }

    @Test func `a listener that waited for room listened to nobody`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 300_000))
        run.segment(350_000, 500_000, ZoneWorld.live("2", 351_000, 500_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000).dropFirst() == [
                "1000-292000 covered", "292000-352000 gap its disk had no room",
                "352000-492000 covered", "492000-1000000 gap \(stop)",
            ])
    }

    @Test func `a connection that resumed after a wait for room is two`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 300_000))
        run.segment(350_000, 500_000, ZoneWorld.live("1", 350_000, 500_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests)[2] == "299000-351000 gap its disk had no room")
    }

    @Test func `connections too short to deliver anything for certain cover nothing`() {
        var run = ZoneWorld.Run()
        run.segment(
            0, 300_000, ZoneWorld.live("1", 0, 0, "refused"),
            ZoneWorld.live("2", 20_000, 25_000, "reset"),
            ZoneWorld.live("3", 40_000, 290_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000) == [
                "0-1000 gap no listener had connected yet", "1000-21000 gap refused",
                "21000-41000 gap reset", "41000-282000 covered", "282000-1000000 gap \(stop)",
            ])
    }

    @Test(arguments: [Int64(30_000), -30_000])
    func `times are corrected by what the clock was off`(offset: Int64) {
        var run = ZoneWorld.Run()
        run.clock.offsetMs = offset
        run.segment(
            100_000 - offset, 500_000 - offset,
            ZoneWorld.live("1", 100_000 - offset, 490_000 - offset, stop))
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000)[1] == "101000-482000 covered")
    }

    @Test func `a clock is corrected however much it was off`() {
        let day = Int64(86_400_000)
        var run = ZoneWorld.Run()
        run.clock.offsetMs = -day
        run.segment(0, 900_000, ZoneWorld.live("1", 0, 800_000, stop))
        let span = (-day, -day + 1_000_000)
        #expect(
            ZoneWorld.stretches(run.manifests, span: span)[1]
                == "\(-day + 1000)-\(-day + 799_000) covered")
    }

    @Test func `a clock that nobody compared is in doubt by a minute`() {
        var run = ZoneWorld.Run()
        run.clock.basis = .unchecked
        run.segment(0, 900_000, ZoneWorld.live("1", 0, 800_000, stop))
        #expect(ZoneWorld.stretches(run.manifests, lag: 7000)[1] == "60000-733000 covered")
    }

    @Test func `segments before the clock was compared take what was found later`() {
        var run = ZoneWorld.Run()
        run.clock = SegmentManifest.ClockFacts(offsetMs: 0, basis: .unchecked)
        run.segment(0, 100_000)
        run.clock = SegmentManifest.ClockFacts(offsetMs: 50_000, basis: .dateHeader)
        run.segment(100_000, 400_000, ZoneWorld.live("1", 110_000, 400_000))
        // The segment 2 is missing.
        run.sequence = 3
        run.clock = SegmentManifest.ClockFacts(offsetMs: 0, basis: .unchecked)
        run.segment(500_000, 600_000)
        #expect(
            ZoneWorld.stretches(run.manifests) == [
                "0-161000 gap no listener had connected yet", "161000-449000 covered",
                "449000-550000 unknown the manifest 2 of a listener is missing",
                "550000-650000 gap its end was not recorded",
                "650000-1000000 unknown nothing has come from the zone since",
            ])
    }

    @Test func `a back-fill fills what it was asked for, once newer posts came`() {
        var run = ZoneWorld.Run()
        run.segment(
            0, 900_000, ZoneWorld.live("1", 0, 300_000, "reset"),
            ZoneWorld.live(
                "2", 400_000, 800_000, stop, kind: .backfill, covers: (340_000, 400_000)),
            posts: [100_000, 350_000, 401_000])
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000).dropFirst() == [
                "1000-292000 covered", "292000-341000 gap reset",
                "341000-401000 recovered by backfill reset", "401000-792000 covered",
                "792000-1000000 gap \(stop)",
            ])
        var short = ZoneWorld.Run()
        short.segment(
            0, 900_000,
            ZoneWorld.live(
                "2", 400_000, 408_000, stop, kind: .backfill, covers: (340_000, 400_000)),
            posts: [402_000])
        #expect(!ZoneWorld.stretches(short.manifests, lag: 7000).joined().contains("recovered"))
    }

    @Test(arguments: [nil, 500_000] as [Int64?])
    func `a back-fill that was cut off covers nothing, whatever the next connection brings`(
        next: Int64?
    ) {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 290_000, "reset"), posts: [100_000])
        run.segment(
            300_000, 600_000,
            ZoneWorld.live(
                "2", 400_000, 412_000, "cut", kind: .backfill, covers: (290_000, 400_000)),
            // Its clock is in doubt by a second: so are posts of its first.
            posts: [300_000, 400_999])
        if let next {
            run.manifests[1].connections.append(ZoneWorld.live("3", next, 600_000))
            run.manifests[1].ids?.max = TweetID(
                WorldTime.id(at: ZoneWorld.time(550_000).milliseconds))!
        }
        run.segment(600_000, 700_000, ZoneWorld.live("3", 600_000, 700_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000).dropFirst().prefix(2) == [
                "1000-282000 covered", "282000-404000 gap reset",
            ])
        #expect(!ZoneWorld.stretches(run.manifests, lag: 7000).joined().contains("recovered"))
    }

    @Test func `a back-fill is over where newer posts come in a later segment`() {
        var run = ZoneWorld.Run()
        run.segment(
            0, 600_000,
            ZoneWorld.live("2", 400_000, 600_000, kind: .backfill, covers: (290_000, 400_000)),
            posts: [300_000])
        run.segment(
            600_000, 700_000,
            ZoneWorld.live(
                "2", 600_000, 700_000, stop, kind: .backfill, covers: (290_000, 400_000)),
            posts: [650_000])
        #expect(
            ZoneWorld.stretches(run.manifests, lag: 7000).dropFirst().prefix(2) == [
                "291000-401000 recovered by backfill no listener had connected yet",
                "401000-692000 covered",
            ])
    }

    @Test(arguments: [(Int64(60_000), true), (59_999, false)])
    func `a back-fill without a line for a minute had nothing to bring`(
        length: Int64, isOver: Bool
    ) {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 290_000, "reset"), posts: [100_000])
        run.segment(
            300_000, 600_000,
            ZoneWorld.live(
                "2", 400_000, 400_000 + length, stop, kind: .backfill,
                covers: (290_000, 400_000)))
        let stretches = ZoneWorld.stretches(run.manifests, lag: 7000)
        #expect(stretches.contains { $0.contains("recovered") } == isOver)
        #expect(stretches.contains("401000-452000 covered") == isOver)
    }

    @Test func `a recovery fills what it was asked for if it came to its end`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 290_000, stop))
        for (cause, isComplete) in [("the recovery is complete", true), ("reset", false)] {
            var recovery = ZoneWorld.Run("2")
            recovery.kind = "x-filtered"
            recovery.segment(
                9_000_000, 9_100_000,
                ZoneWorld.live(
                    "1", 9_001_000, 9_050_000, cause, kind: .recovery, covers: (280_000, 500_000))
            )
            let stretches = ZoneWorld.stretches(run.manifests + recovery.manifests)
            #expect(
                stretches.dropFirst(2)
                    == (isComplete
                        ? [
                            "289000-500000 recovered by recovery \(stop)",
                            "500000-1000000 gap \(stop)",
                        ] : ["289000-1000000 gap \(stop)"]))
        }
    }

    /// The manifest of an adopted file; its posts are those at the ends of the pieces.
    private func file(
        _ instance: Character, _ pieces: (Int64, Int64)..., posts: [Int64]? = nil
    ) -> [SegmentManifest] {
        var run = ZoneWorld.Run(instance)
        run.clock = SegmentManifest.ClockFacts(offsetMs: 0, basis: .content)
        run.kind = "adopted"
        let times = pieces.flatMap { [$0.0, $0.1] }.sorted()
        run.segment(times[0], times[times.count - 1], posts: posts ?? times)
        run.manifests[0].connections = pieces.enumerated().map { number, piece in
            ZoneWorld.live(
                "\(number)", piece.0, piece.1, "its end", kind: .claimed, covers: piece)
        }
        return run.manifests
    }

    @Test func `adopted files fill what they hold, and two that meet are one`() {
        let files = file("1", (100_000, 199_000)) + file("2", (203_000, 300_000))
        #expect(
            ZoneWorld.stretches(files, lag: 7000) == [
                "0-107000 gap no listener", "107000-293000 recovered by claimed no listener",
                "293000-1000000 gap no listener",
            ])
        #expect(
            ZoneWorld.stretches(files + file("3", (320_000, 400_000)), lag: 7000).dropFirst(2) == [
                "293000-327000 gap no listener", "327000-393000 recovered by claimed no listener",
                "393000-1000000 gap no listener",
            ])
    }

    @Test func `what is lost between two pieces of an adopted file is a gap`() {
        let torn = file("1", (100_000, 200_000), (203_000, 300_000))
        #expect(
            ZoneWorld.stretches(torn, lag: 7000) == [
                "0-107000 gap no listener", "107000-193000 recovered by claimed no listener",
                "193000-210000 gap no listener", "210000-293000 recovered by claimed no listener",
                "293000-1000000 gap no listener",
            ])
        // Another file has what was lost.
        #expect(
            ZoneWorld.stretches(torn + file("2", (150_000, 250_000)), lag: 7000)[1]
                == "107000-293000 recovered by claimed no listener")
        // Out of order: what was lost may be of any time that both pieces have.
        #expect(
            ZoneWorld.stretches(file("1", (100_000, 600_000), (500_000, 900_000)), lag: 7000)
                == [
                    "0-107000 gap no listener",
                    "107000-493000 recovered by claimed no listener",
                    "493000-607000 gap no listener",
                    "607000-893000 recovered by claimed no listener",
                    "893000-1000000 gap no listener",
                ])
    }

    @Test func `an adopted file fills no hour of which it has no post`() {
        let hour: Int64 = 3_600_000
        let holed = file("1", (0, 4 * hour), posts: [0, hour - 1, 2 * hour, 4 * hour])
        #expect(
            ZoneWorld.stretches(holed, lag: 7000, span: (0, 4 * hour)) == [
                "0-7000 gap no listener",
                "7000-\(hour - 7000) recovered by claimed no listener",
                "\(hour - 7000)-\(2 * hour + 7000) gap no listener",
                "\(2 * hour + 7000)-\(3 * hour - 7000) recovered by claimed no listener",
                "\(3 * hour - 7000)-\(4 * hour) gap no listener",
            ])
    }

    @Test func `a repaired manifest says nothing of connections, so its time is unknown`() {
        var run = ZoneWorld.Run()
        run.segment(0, 300_000, ZoneWorld.live("1", 0, 300_000))
        run.segment(300_000, 600_000)
        run.manifests[1].clock.basis = .content
        run.segment(600_000, 900_000, ZoneWorld.live("1", 600_000, 900_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests)[2]
                == "299000-601000 unknown the manifest 1 of a listener is missing")
    }

    @Test func `nothing is known of a span before and behind everything but that`() {
        var run = ZoneWorld.Run()
        run.segment(2_000_000, 3_000_000, ZoneWorld.live("1", 2_000_000, 3_000_000, stop))
        #expect(
            ZoneWorld.stretches(run.manifests) == ["0-1000000 gap no listener had connected yet"])
        #expect(
            ZoneWorld.stretches(run.manifests, span: (4_000_000, 5_000_000))
                == ["4000000-5000000 gap \(stop)"])
        #expect(ZoneWorld.stretches(run.manifests, span: (5, 5)) == [])
        #expect(ZoneWorld.stretches([]) == ["0-1000000 gap no listener"])
    }

    @Test func `the stretch at a moment is the one that holds it`() {
        var run = ZoneWorld.Run()
        run.segment(0, 900_000, ZoneWorld.live("1", 99_000, 501_000, "reset"))
        let timeline = ZoneTimeline(
            ZoneWorld.zone, run.manifests, in: ZoneWorld.interval(50_000, 800_000),
            rules: CoverageRules(deliveryLag: .zero))
        let found = [49_999, 50_000, 99_999, 100_000, 499_999, 500_000, 799_999, 800_000].map {
            timeline.stretch(at: ZoneWorld.time($0))?.state
        }
        #expect(found == [nil, .gap, .gap, .covered, .covered, .gap, .gap, nil])
    }
}
