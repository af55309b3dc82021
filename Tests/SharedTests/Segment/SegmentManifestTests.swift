import Shared
import TestSupport
import Testing

@Suite struct SegmentManifestTests {
    /// A manifest with everything in it: two members, notices, a suspect, connections.
    static func make(lines: Int = 60, lineBytes: Int = 30_000) throws -> SegmentManifest {
        var stream = SampleStream(generator: SplitMix64(seed: 11))
        return try TemporaryDirectory.with { directory in
            let writer = try SegmentWriter(SampleStream.header(), in: directory.path)
            try writer.clockMeasured(.init(offsetMs: -250, basis: .dateHeader))
            try writer.connectionOpened(
                .init(id: "c-1", from: SampleStream.start, to: SampleStream.start, kind: .live))
            try writer.append(Array(#"{"limit":{"track":5}}"#.utf8))
            for number in 0..<lines {
                let padding = [UInt8](repeating: 0x20, count: lineBytes)
                try writer.append(stream.line(seconds: Double(number)) + padding)
            }
            try writer.sync(at: SampleStream.time(61), heard: SampleStream.time(60))
            try Array("head".utf8).withUnsafeBytes {
                try writer.appendOverlong(head: $0, bytes: 9_000_000)
            }
            return try writer.seal(
                at: SampleStream.time(62), heard: nil,
                latestIDTime: SampleStream.limits.latestIDTime)
        }
    }

    @Test func `a manifest is read back as it was written, its keys in order`() throws {
        var manifest = try Self.make()
        manifest.salvage = .init(records: 3, bytesLost: 17)
        manifest.connections[0].covers = manifest.received
        manifest.connections[0].cause = "stall"
        let bytes = manifest.encoded()
        #expect(try SegmentManifest.decode(bytes, from: "x") == manifest)
        let script = """
            import json, sys
            text = sys.stdin.buffer.read()
            again = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
            assert again.encode() == text, again
            """
        _ = try Shell.python(script, input: bytes)
    }

    private static let contradictions:
        [(change: @Sendable (inout SegmentManifest) -> Void, reason: String)] = [
            ({ $0.format = 2 }, "has format 2, not 1"),
            ({ $0.sequence = -1 }, "sequence -1"),
            ({ $0.sequence = 100_000_000 }, "sequence 100000000"),
            (
                { $0.received.last = Timestamp(milliseconds: $0.received.first.milliseconds - 1) },
                "was received before it began"
            ),
            ({ $0.unreadable = -1 }, "has a negative count"),
            ({ $0.hours[0].notices = -1 }, "has a negative count"),
            ({ $0.overlong?.bytes = -1 }, "has a negative count"),
            ({ $0.salvage = .init(records: 0, bytesLost: -1) }, "has a negative count"),
            ({ $0.lines += 1 }, "lines are not"),
            ({ $0.unreadable = .max }, "lines are not"),
            ({ $0.notices = .max }, "lines are not"),
            ({ $0.hours[0].records += 1 }, "its hours hold other records"),
            ({ $0.hours[0].records = .max }, "its hours hold other records"),
            ({ $0.hours[0].notices += 1 }, "its hours hold other notices"),
            ({ $0.hours[0].notices = .max }, "its hours hold other notices"),
            ({ $0.hours.swapAt(0, 1) }, "its hours do not ascend"),
            (
                { $0.hours.append(.init(hour: $0.hours[1].hour, records: 0, notices: 0)) },
                "its hours do not ascend"
            ),
            ({ $0.object = nil }, "has lines and no object, or no lines and one"),
            ({ $0.object?.key = "segments/zone=b/x.ndjson.gz" }, "its object has another name"),
            ({ $0.zone = SampleStream.zone("b") }, "its object has another name"),
            ({ $0.ids = nil }, "has records and no ids, or no records and some"),
            ({ $0.ids = .init(min: $0.ids?.max ?? one, max: one) }, "its ids do not ascend"),
            ({ $0.arrivals[0].lines = 0 }, "its arrivals do not ascend to its lines"),
            ({ $0.arrivals[0].lines = 62 }, "its arrivals do not ascend to its lines"),
            ({ $0.arrivals[0].milliseconds = -1 }, "its arrivals do not ascend to its lines"),
            ({ $0.arrivals.append($0.arrivals[0]) }, "its arrivals do not ascend to its lines"),
            ({ $0.members[1].offset += 1 }, "its members do not follow one another"),
            ({ $0.members[0].bytes = 0 }, "its members do not follow one another"),
            ({ $0.members[0].bytes = .max }, "its members do not"),
            ({ $0.members[1].bytes = .max }, "its members do not"),
            ({ $0.members[0].raw = -1 }, "its members do not follow one another"),
            ({ $0.members[0].lines = -1 }, "its members do not follow one another"),
            ({ $0.members.removeLast() }, "its members do not cover the object"),
            ({ $0.object?.bytes += 1 }, "its members do not cover the object"),
            ({ $0.raw.bytes += 1 }, "its members hold other bytes"),
            ({ $0.members[0].raw = .max }, "its members hold other bytes"),
            ({ $0.members[0].lines += 1 }, "its members hold other lines"),
            ({ $0.members[0].lines = .max }, "its members hold other lines"),
            ({ $0.arrivals[0].milliseconds = .max }, "has an arrival that cannot be"),
            ({ $0.lineFeeds = .max }, "has a count that cannot be"),
            (
                {
                    $0.members[1].bytes += 6 << 40
                    $0.object?.bytes += 6 << 40
                }, "its object is larger than any"
            ),
            (
                {
                    $0.members[0].lines += 1 << 21
                    $0.lines += 1 << 21
                    $0.unreadable += 1 << 21
                }, "a member holds more lines than bytes"
            ),
        ]

    private static let one: TweetID = {
        guard let id = TweetID(1) else { preconditionFailure("1 is an id") }
        return id
    }()

    @Test func `each contradiction is refused by name, and no number overflows`() throws {
        let manifest = try Self.make()
        #expect(manifest.members.count == 2 && manifest.hours.count >= 2)
        #expect(manifest.contradiction == nil)
        for (number, (change, reason)) in Self.contradictions.enumerated() {
            var changed = manifest
            change(&changed)
            let error = #expect(throws: SegmentError.self, "change \(number): \(reason)") {
                try SegmentManifest.decode(changed.encoded(), from: "here.json")
            }
            #expect(error?.code == .invalidManifest)
            let message = error?.message ?? ""
            #expect(message.hasPrefix("manifest here.json: "))
            #expect(message.contains(reason), "change \(number): \(message)")
        }
    }

    @Test(arguments: [
        ("", "the document"), ("[]", "the document"), ("{}", "the document has no \"format\""),
        ("{", "the document"), ("null", "the document"), ("\u{0}", "the document"),
    ])
    func `what is not a manifest is refused in one line`(text: String, reason: String) throws {
        let error = #expect(throws: SegmentError.self) {
            try SegmentManifest.decode(Array(text.utf8), from: "x")
        }
        #expect(error?.code == .invalidManifest)
        #expect(error?.message.hasPrefix("manifest x: \(reason)") == true)
        #expect(error?.message.contains("\n") == false)
    }

    @Test func `a field of the wrong form is refused by its path`() throws {
        let text = String(decoding: try Self.make().encoded(), as: UTF8.self)
        let replacements = [
            (#""zone":"use1-az4""#, #""zone":"../x""#, "zone: "),
            (#""minID":""#, #""minID":"0"#, "members.0.minID: "),
            (#""basis":"date-header""#, #""basis":"new""#, "clock.basis: "),
            (#""instance":"0123456789abcdef""#, #""instance":"0123""#, "instance: "),
            (#""kind":"live""#, #""kind":"new""#, "connections.0.kind: "),
            (#""first":"2026-"#, #""first":"x026-"#, "received.first: "),
            ("\"arrivals\":[[61000,61]", "\"arrivals\":[[61000,61,0]", "arrivals.0"),
            (#""stream":"default""#, #""stream":5"#, "stream: "),
        ]
        for (old, new, path) in replacements {
            let changed = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
            try #require(changed.count == 2, "\(old)")
            let error = #expect(throws: SegmentError.self) {
                try SegmentManifest.decode(Array(changed.joined(separator: new).utf8), from: "x")
            }
            #expect(
                error?.message.hasPrefix("manifest x: \(path)") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `mutated manifests are read or refused and never trap`() throws {
        let seed = Seed()
        var generator = seed.generator
        let bytes = try Self.make(lines: 3).encoded()
        let numbers = ["9223372036854775807", "-1", "1e400", "null", "[]", "0"].map {
            Array($0.utf8)
        }
        for _ in 0..<3000 {
            var mutated = bytes
            let place = generator.below(bytes.count)
            if generator.once(in: 2) {
                mutated[place] = UInt8(generator.below(256))
            } else if let digit = mutated[place...].firstIndex(where: { (0x30...0x39).contains($0) }
            ) {
                mutated.replaceSubrange(digit...digit, with: generator.pick(numbers))
            }
            if let manifest = try? SegmentManifest.decode(mutated, from: "x") {
                _ = manifest.name
                _ = manifest.partitions
                _ = manifest.lastPlausiblePartition(latestIDTime: SampleStream.start)
            }
        }
    }
}
