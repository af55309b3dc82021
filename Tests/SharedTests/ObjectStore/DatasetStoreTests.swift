import Shared
import TestSupport
import Testing

@Suite struct DatasetStoreTests {
    private static func dataset(
        stream: String = "default", zones: [String] = [], created: Timestamp = SampleStream.start
    ) -> Dataset {
        Dataset(stream: stream, zones: zones.map { SampleStream.zone($0) }, created: created)
    }

    @Test func `whoever comes first decides and whoever comes later reads`() async throws {
        try await TemporaryDirectory.with { directory in
            let store = DirectoryObjectStore(root: directory.path)
            #expect(try await Dataset.read(from: store) == nil)
            let first = Self.dataset(zones: ["b", "a"])
            #expect(try await first.createOrRead(in: store) == first)
            let bytes = try directory.read("_tributary.json")
            let second = Self.dataset(created: SampleStream.time(9))
            #expect(try await second.createOrRead(in: store) == first)
            #expect(try directory.read("_tributary.json") == bytes)
            #expect(try await Dataset.read(from: store) == first)
        }
    }

    @Test func `of many who come at once all get the same dataset, and it is one of theirs`()
        async throws
    {
        for round in 0..<20 {
            try await TemporaryDirectory.with { directory in
                let store = DirectoryObjectStore(root: directory.path)
                let offered = (0..<8).map { Self.dataset(created: SampleStream.time(Double($0))) }
                let got = try await withThrowingTaskGroup(of: Dataset.self) { group in
                    for dataset in offered {
                        group.addTask { try await dataset.createOrRead(in: store) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(got.count == 8)
                #expect(got.allSatisfy { $0 == got[0] }, "round \(round)")
                #expect(offered.contains(got[0]))
                #expect(try await Dataset.read(from: store) == got[0])
            }
        }
    }

    @Test func `a store whose ids stand elsewhere is refused with what to set`() throws {
        let store = DirectoryObjectStore(root: "/s")
        let pointer = try #require(JSONPointer("/post/id"))
        let plain = Dataset(stream: "default", created: Timestamp(milliseconds: 0))
        var pointed = plain
        pointed.idPointer = pointer
        try plain.require(idPointer: nil, in: store)
        try pointed.require(idPointer: pointer, in: store)
        let missing = #expect(throws: SegmentError.self) {
            try pointed.require(idPointer: nil, in: store)
        }
        #expect(
            missing?.message
                == "file:///s: has its ids at /post/id, not where X has them: set "
                + "LISTENER_ID_POINTER=/post/id, or use another store or prefix")
        #expect(missing?.exitCode == .configuration)
        let foreign = #expect(throws: SegmentError.self) {
            try plain.require(idPointer: pointer, in: store)
        }
        #expect(foreign?.message.contains("unset LISTENER_ID_POINTER") == true)
    }

    @Test func `a dataset of X's ids says nothing of a pointer, and one with it reads back`()
        throws
    {
        let plain = Dataset(stream: "default", created: Timestamp(milliseconds: 0))
        #expect(!String(decoding: JSONDocument.encode(plain), as: UTF8.self).contains("Pointer"))
        var pointed = plain
        pointed.idPointer = JSONPointer("/post/id")
        let bytes = JSONDocument.encode(pointed)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""idPointer":"/post/id""#))
        #expect(try JSONDocument.decode(Dataset.self, from: bytes) == pointed)
        let broken = String(decoding: bytes, as: UTF8.self).replacing("/post/id", with: "post")
        #expect(throws: DecodingError.self) {
            try JSONDocument.decode(Dataset.self, from: Array(broken.utf8))
        }
    }

    @Test func `a store of another stream is refused by name, with what to do`() async throws {
        try await TemporaryDirectory.with { directory in
            let store = DirectoryObjectStore(root: directory.path)
            _ = try await Self.dataset(stream: "news").createOrRead(in: store)
            let error = await #expect(throws: SegmentError.self) {
                try await Self.dataset().createOrRead(in: store)
            }
            #expect(error?.code == .invalidDataset)
            #expect(
                error?.message
                    == "file://\(directory.path): holds the stream \"news\", not \"default\": use "
                    + "another store or prefix, or set LISTENER_STREAM_NAME")
        }
    }

    @Test(arguments: [
        ("", "the document"), ("{}", "the document has no"), ("null", "the document"),
        (#""format":2"#, "has format 2 with ids \"twitter\": use a newer program"),
        (#""ids":"mastodon""#, "has format 1 with ids \"mastodon\": use a newer program"),
        (#""compression":"huge""#, "compression: "), (#""deletions":"maybe""#, "deletions: "),
        (#""zones":["../x"]"#, "zones.0: "), (#""created":"now""#, "created: "),
        (#""lineBytes":0"#, "has a limit that is not positive"),
        (#""memberBytes":-1"#, "has a limit that is not positive"),
        (#""inflationRatio":0"#, "has a limit that is not positive"),
    ])
    func `a dataset that is not ours is refused and never written over`(
        text: String, reason: String
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let store = DirectoryObjectStore(root: directory.path)
            // What begins with a quote replaces the member of that name in a good document.
            var document = text
            if text.hasPrefix("\"") {
                let good = String(decoding: JSONDocument.encode(Self.dataset()), as: UTF8.self)
                let name = text.prefix { $0 != ":" }
                let parts = good.split(separator: name + ":", maxSplits: 1)
                try #require(parts.count == 2)
                document = parts[0] + text + parts[1].drop { !",}".contains($0) }
            }
            try directory.write(Array(document.utf8), to: "_tributary.json")
            let error = await #expect(throws: SegmentError.self) {
                try await Self.dataset().createOrRead(in: store)
            }
            #expect(error?.code == .invalidDataset)
            let prefix = "file://\(directory.path): _tributary.json: "
            #expect(error?.message.hasPrefix(prefix + reason) == true, "\(error?.message ?? "")")
            #expect(try directory.read("_tributary.json") == Array(document.utf8))
        }
    }

    @Test func `zones that are listed rank first in their order and all others by name`() {
        let dataset = Self.dataset(zones: ["m", "b"])
        let zones = ["z", "b", "a", "m", "n"].map { SampleStream.zone($0) }
        #expect(zones.sorted(by: dataset.precedes).map(\.name) == ["m", "b", "a", "n", "z"])
        for zone in zones { #expect(!dataset.precedes(zone, zone)) }
    }

    @Test func `a new dataset bounds lines, members and ids`() {
        let limits = Self.dataset().limits
        #expect(limits.lineBytes == 8_388_608 && limits.memberBytes == 67_108_864)
        #expect(limits.inflationRatio == 1100)
        #expect(limits.latestIDTime > SampleStream.time(19 * 366 * 86_400))
    }
}
