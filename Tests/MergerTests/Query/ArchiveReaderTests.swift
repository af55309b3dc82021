import Shared
import TestSupport
import Testing

@testable import merger

struct ArchiveReaderTests {
    private let seed = Seed()

    @Test func `every canonical record is found by its id, and no other`() async throws {
        var generator = seed.generator
        let world = try World(&generator)
        try await MergeSite.with(world.dataset) { site in
            try site.add(world.stored)
            try await site.run()
            let archive = try await ArchiveReader(site.configuration())
            for (hour, answer) in world.answers {
                let records = answer.raw.split(separator: UInt8(ascii: "\n")).map(Array.init)
                for (id, record) in zip(answer.canonicalIDs, records) {
                    let id = try #require(TweetID(id))
                    let found = try await archive.records([id], of: id.partition)
                    #expect(found[id] == record, "\(seed)")
                }
                let deleted = (answer.tables["tweet"] ?? []).compactMap {
                    $0.split(separator: "|").first.flatMap { TweetID($0) }
                }.filter { !answer.canonicalIDs.contains($0.rawValue) }
                for id in deleted {
                    #expect(try await archive.records([id], of: id.partition).isEmpty, "\(seed)")
                    let index = try await archive.index(of: WorldTime.partition(hour))
                    #expect(try index?.sighting(of: id)?.isDeleted == true, "\(seed)")
                }
            }
            let unseen = try #require(TweetID(SmallWorld.id(3599, 77)))
            #expect(try await archive.records([unseen], of: unseen.partition).isEmpty)
        }
    }

    @Test func `a store without a dataset is refused`() async throws {
        try await TemporaryDirectory.withFast { directory in
            let settings = try Settings(
                MergerSettings.definitions(environment: [:]), prefixes: [],
                commandLine: [
                    "MERGER_STORE": "file://\(directory.file("none"))",
                    "MERGER_CACHE": directory.file("cache"),
                ], environment: [:], file: nil)
            await #expect(throws: ConfigurationError.self) {
                try await ArchiveReader(try MergerConfiguration(settings))
            }
        }
    }

    @Test func `a local copy of an index that is damaged at its head is fetched again`()
        async throws
    {
        let hour = SmallWorld.hour
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([SmallWorld.segment("a", [SmallWorld.post(10)]).stored()])
            try await site.run()
            let archive = try await ArchiveReader(site.configuration())
            let path = try #require(try await archive.indexPath(of: hour))
            let sound = try LocalFile.contents(of: path)
            let damaged = [UInt8](repeating: 0xA5, count: 200) + sound.dropFirst(200)
            let readings: [() async throws -> String?] = [
                { try await archive.indexPath(of: hour) },
                { try await archive.paths(of: archive.hours(in: PartitionSpan())).first?.path },
                { try await archive.unionPath(PartitionSpan()) },
                { try await archive.index(of: hour).map { _ in path } },
            ]
            for reading in readings {
                try LocalDirectory.remove(path)
                try LocalFile.create(path).write(damaged)
                #expect(try await reading() == path)
                #expect(try LocalFile.contents(of: path) == sound)
            }
        }
    }

    @Test func `a record is read again where the object was replaced in between`() async throws {
        let first = SmallWorld.segment("b", [SmallWorld.post(10)])
        let second = SmallWorld.segment("a", instance: "2", [SmallWorld.post(5, "long text")])
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first.stored()])
            try await site.run()
            let archive = try await ArchiveReader(site.configuration())
            let member = try #require(
                try site.index(of: SmallWorld.hour).member(holding: SmallWorld.id(10)))
            try site.add([second.stored()])
            try await site.run()
            // What an index read before says is not what lies there now.
            await #expect(throws: GzipError.self) {
                try await archive.inflate(member, of: SmallWorld.hour)
            }
            let id = try #require(TweetID(SmallWorld.id(10)))
            #expect(try await archive.records([id], of: id.partition)[id] == first.lines[0].bytes)
        }
    }
}
