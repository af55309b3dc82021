import Shared
import TestSupport
import Testing

@Suite struct StoreLayoutTests {
    private static let name = SampleStream.name(sequence: 3)
    private static let text = "20261122T183000.000Z-0123456789abcdef-00000003"

    private static func key(_ path: String) throws -> ObjectKey { try #require(ObjectKey(path)) }

    @Test func `keys are those of the format's table`() throws {
        let zone = SampleStream.zone("use1-az4")
        let partition = try #require(Partition("2026-01-02T03"))
        let folder = "zone=use1-az4/date=2026-11-22"
        let keys: [(ObjectKey, String)] = [
            (StoreLayout.dataset, "_tributary.json"),
            (StoreLayout.manifest(Self.name, of: zone), "manifests/\(folder)/\(Self.text).json"),
            (StoreLayout.segment(Self.name, of: zone), "segments/\(folder)/\(Self.text).ndjson.gz"),
            (
                StoreLayout.quarantine(Self.name, of: zone, number: 2),
                "quarantine/\(folder)/\(Self.text)-2.bin"
            ),
            (StoreLayout.pending(Self.name), "pending/\(Self.text).json"),
            (StoreLayout.index(partition), "index/date=2026-01-02/hour=03/index.sqlite"),
            (
                StoreLayout.canonical(partition),
                "canonical/date=2026-01-02/hour=03/tweets.ndjson.gz"
            ),
        ]
        for (key, path) in keys { #expect(key.path == path) }
        #expect(
            StoreLayout.folder(
                under: StoreLayout.manifestPrefix, zone: zone, date: "2026-11-22")
                == "manifests/\(folder)/")
    }

    @Test(arguments: ["a", "Z.9_-", "zone=b"])
    func `the key of a manifest gives back zone and name`(zone: String) throws {
        guard let zone = Zone(zone) else { return #expect(zone == "zone=b") }
        let parsed = StoreLayout.parseManifest(StoreLayout.manifest(Self.name, of: zone))
        #expect(parsed?.zone == zone && parsed?.name == Self.name)
        let repaired = try Self.key(
            "manifests/zone=\(zone)/date=2026-11-22/\(Self.text).fedcba9876543210.json")
        let again = StoreLayout.parseManifest(repaired)
        #expect(again?.zone == zone && again?.name == Self.name)
    }

    @Test(arguments: [
        "manifests/zone=a/date=2026-11-23/\(text).json", "manifests/zone=a/\(text).json",
        "manifests/zone=-a/date=2026-11-22/\(text).json",
        "manifests/zone=a/date=2026-11-22/x/\(text).json",
        "manifests/Zone=a/date=2026-11-22/\(text).json",
        "segments/zone=a/date=2026-11-22/\(text).json",
        "manifests/zone=a/date=2026-11-22/\(text).ndjson.gz",
        "manifests/zone=a/date=2026-11-22/\(text)", "manifests/zone=a/date=2026-11-22/.json",
        "manifests/zone=a/date=2026-11-22/\(text).fedcba987654321.json",
        "manifests/zone=a/date=2026-11-22/\(text).FEDCBA9876543210.json",
        "manifests/zone=a/date=2026-11-22/\(text).fedcba9876543210.fedcba9876543210.json",
        "x/manifests/zone=a/date=2026-11-22/\(text).json", "_tributary.json",
        "manifests/zone=a/date=2026-11-22/\(text).json.tmp",
    ])
    func `any other key is no manifest`(path: String) throws {
        #expect(StoreLayout.parseManifest(try Self.key(path)) == nil)
    }

    @Test func `the keys of index and canonical object give back the partition`() throws {
        let seed = Seed()
        var generator = seed.generator
        for _ in 0..<200 {
            let partition = Partition(hoursSince1970: Int64(generator.below(900_000)))
            #expect(
                StoreLayout.parsePartition(StoreLayout.index(partition)) == partition, "\(seed)")
            #expect(
                StoreLayout.parsePartition(StoreLayout.canonical(partition)) == partition, "\(seed)"
            )
        }
    }

    @Test(arguments: [
        "index/date=2026-01-02/hour=3/index.sqlite", "index/date=2026-01-02/hour=24/index.sqlite",
        "index/date=2026-02-30/hour=03/index.sqlite",
        "index/date=2026-01-02/hour=03/tweets.ndjson.gz",
        "canonical/date=2026-01-02/hour=03/index.sqlite", "canonical/date=2026-01-02/hour=03",
        "canonical/hour=03/date=2026-01-02/tweets.ndjson.gz",
        "index/date=2026-01-02T03/index.sqlite",
        "other/date=2026-01-02/hour=03/index.sqlite",
    ])
    func `any other key is no partition`(path: String) throws {
        #expect(StoreLayout.parsePartition(try Self.key(path)) == nil)
    }
}
