import Shared
import TestSupport
import Testing

@testable import merger

/// Manifests that lie: what is reported, what is left out, and what is merged all the same.
struct FalseManifestTests {
    /// A way to make a manifest false that does not contradict itself.
    enum Lie: String, CaseIterable {
        case recordAsNotice, noticeAsRecord, unreadableAsNotice, otherHour
        case memberMinimum, memberMaximum, memberWithoutIDs, memberLines
        case memberSize, memberHuge, objectDigest, memberCut

        func apply(to manifest: inout SegmentManifest) {
            switch self {
            case .recordAsNotice:
                manifest.records -= 1
                manifest.notices += 1
                manifest.hours[0].records -= 1
                manifest.hours[0].notices += 1
            case .noticeAsRecord:
                manifest.records += 1
                manifest.notices -= 1
                manifest.hours[0].records += 1
                manifest.hours[0].notices -= 1
            case .unreadableAsNotice:
                manifest.unreadable -= 1
                manifest.notices += 1
                manifest.hours[0].notices += 1
            case .otherHour:
                let hour = Partition(hoursSince1970: SmallWorld.hour.hoursSince1970 + 1)
                manifest.hours[0].records -= 1
                manifest.hours.append(
                    SegmentManifest.HourFacts(hour: hour, records: 1, notices: 0))
            case .memberMinimum:
                guard let id = TweetID(SmallWorld.id(1)) else { return }
                manifest.members[0].minID = id
                manifest.ids?.min = id
            case .memberMaximum:
                guard let id = TweetID(SmallWorld.id(3000)) else { return }
                manifest.members[1].maxID = id
                manifest.ids?.max = id
            case .memberWithoutIDs:
                manifest.members[0].minID = nil
                manifest.members[0].maxID = nil
                if let range = manifest.members[1].minID { manifest.ids?.min = range }
            case .memberLines:
                manifest.members[0].lines += 1
                manifest.members[1].lines -= 1
            case .memberSize:
                manifest.members[0].raw += 1
                manifest.raw.bytes += 1
            case .memberHuge:
                manifest.members[0].raw += 1 << 40
                manifest.raw.bytes += 1 << 40
            case .objectDigest:
                manifest.object?.sha256 = ContentDigest(of: [1])
            case .memberCut:
                manifest.members[0].bytes -= 1
                manifest.members[1].offset -= 1
                manifest.members[1].bytes += 1
            }
        }
    }

    private let liar = SmallWorld.segment(
        "a", memberLines: 3,
        [
            SmallWorld.post(10), .limit(3), WorldLine.unreadable[0], SmallWorld.post(20),
            SmallWorld.post(40),
        ])
    private let honest = SmallWorld.segment(
        "b", instance: "2", [SmallWorld.post(20, "other"), SmallWorld.post(30)])

    private func expect(_ site: MergeSite, holds segments: [WorldSegment]) async throws {
        let answers = SmallWorld.dataset.answers(of: segments)
        #expect(
            try await site.outcome().tables(like: answers)[SmallWorld.hour]
                == answers[WorldTime.firstHour]?.tables)
    }

    @Test(arguments: Lie.allCases)
    func `a false manifest is reported by name, left out, and does not stop the rest`(
        lie: Lie
    ) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            let truth = try liar.stored()
            var stored = truth
            lie.apply(to: &stored.manifest)
            #expect(stored.manifest.contradiction == nil)
            try site.add([stored, honest.stored()])
            for _ in 0..<2 {
                let report = try await site.run()
                #expect(!report.problems.isEmpty)
                for problem in report.problems {
                    #expect(
                        (problem as? MergeError)?.code == .falseManifest(liar.reference))
                    #expect(
                        "\(problem)".hasPrefix("segment \(liar.reference): its manifest is false"))
                    #expect(problem.exitCode == .dataMissing)
                }
                try await expect(site, holds: [honest])
            }
            // What repair writes beats the lie.
            let digits = String(try #require(truth.manifest.object).sha256.hex.prefix(16))
            let plain = StoreLayout.manifest(liar.name, of: liar.zone).path.dropLast(5)
            let key = try #require(ObjectKey("\(plain).\(digits).json"))
            try site.put(truth.manifest.encoded(), at: key)
            #expect(try await site.run().problems.isEmpty)
            try await expect(site, holds: [liar, honest])
        }
    }

    @Test(arguments: Lie.allCases)
    func `a lie found while a base is added to leaves the base as it is`(lie: Lie) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([honest.stored()])
            try await site.run()
            let before = try site.bytes(of: StoreLayout.index(SmallWorld.hour))
            var stored = try liar.stored()
            lie.apply(to: &stored.manifest)
            try site.add([stored])
            #expect(try await !site.run().problems.isEmpty)
            #expect(try site.bytes(of: StoreLayout.index(SmallWorld.hour)) == before)
        }
    }

    @Test func `ids of a manifest that its members do not have are a contradiction`() throws {
        var manifest = try liar.stored().manifest
        manifest.ids?.max = try #require(TweetID(SmallWorld.id(41)))
        #expect(manifest.contradiction == "its members hold other ids")
    }

    @Test(arguments: [0, 1, 2])
    func `data that are not those of the manifest are left out`(change: Int) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            var stored = try liar.stored()
            switch change {
            case 0: stored.data?[20] ^= 1
            case 1: stored.data?.removeLast()
            default: stored.data = try honest.stored().data
            }
            try site.add([stored, honest.stored()])
            let report = try await site.run()
            #expect(
                report.problems.map { ($0 as? MergeError)?.code }
                    == [.falseManifest(liar.reference)])
            try await expect(site, holds: [honest])
        }
    }
}
