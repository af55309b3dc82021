package import Shared

/// Posts of a few hours and what several zones received of them, all from one seed.
///
/// There are outages, copies within a zone, copies that differ, notices, lines that cannot be read,
/// ids of the future and from before snowflakes, and segments in which nothing came.
package struct World: Sendable {
    package struct Shape: Sendable {
        package var tweetsMax = 40
        package var zonesMax = 4
        package var segmentsPerZoneMax = 4
        /// How long a post's text may be.
        package var textBytesMax = 60

        package init() {}
    }

    package let dataset: Dataset
    package let segments: [WorldSegment]
    package let stored: [StoredSegment]

    package static let zoneNames = ["b-2", "a", "use1-az1", "use1-az10", "Z", "0"]

    /// The first ten minutes before the world's first hour, to ten minutes after its second.
    package static let start = WorldTime.firstHour * WorldTime.hourMs - 600_000
    package static let end = start + 2 * WorldTime.hourMs + 1_200_000

    package init(_ generator: inout SplitMix64, _ shape: Shape = Shape()) throws {
        var maker = WorldMaker(generator: generator, shape: shape)
        dataset = maker.dataset()
        segments = maker.segments()
        generator = maker.generator
        let limits = dataset.limits
        stored = try segments.map { try $0.stored(limits) }
    }

    package var answers: [Int64: WorldAnswer] { dataset.answers(of: segments) }
}

private struct WorldMaker {
    var generator: SplitMix64
    let shape: World.Shape

    private struct Tweet {
        var id: Int64
        var text: String
        var isLegacy: Bool
    }

    mutating func dataset() -> Dataset {
        var dataset = Dataset(
            stream: "default", compression: .fast, created: SampleStream.start)
        dataset.deletions = generator.once(in: 3) ? .ignore : .honour
        let ranked = World.zoneNames.shuffled(using: &generator).prefix(generator.below(4))
        dataset.zones = ranked.map { SampleStream.zone($0) }
        return dataset
    }

    mutating func segments() -> [WorldSegment] {
        let count = 1 + generator.below(shape.zonesMax)
        let names = World.zoneNames.shuffled(using: &generator).prefix(count)
        var segments = names.flatMap { silentSegments(SampleStream.zone($0)) }
        for tweet in tweets() { spread(tweet, over: &segments) }
        for line in others() { add(line, to: &segments, generator.below(segments.count)) }
        for index in segments.indices { finish(&segments[index]) }
        return segments
    }

    // MARK: Spans

    /// The segments of one run of a zone's listener, chained without holes, before any line came.
    private mutating func silentSegments(_ zone: Zone) -> [WorldSegment] {
        let count = 1 + generator.below(shape.segmentsPerZoneMax)
        let cuts = (1..<count).map { _ in time() }.sorted()
        let starts = [World.start] + cuts
        let instance = ListenerInstance(contentOf: ContentDigest(of: generator.bytes(8)))
        return zip(0..., zip(starts, cuts + [World.end])).map { sequence, span in
            let name = SegmentName(
                start: Timestamp(milliseconds: span.0), instance: instance, sequence: sequence)
            var segment = WorldSegment(
                zone: zone, name: name, batches: [WorldSegment.Batch(time: span.0, lines: [])],
                end: span.1)
            let to = span.0 + Int64(generator.below(Int(span.1 - span.0) + 1))
            segment.connections = [
                SegmentManifest.ConnectionFacts(
                    id: "\(instance.hex)-\(sequence)", from: name.start,
                    to: Timestamp(milliseconds: to), kind: .live,
                    cause: generator.once(in: 2) ? "a cable" : nil)
            ]
            if generator.once(in: 3) { segment.clockOffsetMs = Int64(generator.below(8000)) - 4000 }
            if generator.once(in: 2) { segment.memberLines = 1 + generator.below(5) }
            return segment
        }
    }

    private mutating func time() -> Int64 {
        World.start + Int64(generator.below(Int(World.end - World.start)))
    }

    // MARK: Lines

    private mutating func tweets() -> [Tweet] {
        let ids = Set((0..<1 + generator.below(shape.tweetsMax)).map { _ in id() })
        return ids.sorted().map { id in
            Tweet(id: id, text: text(), isLegacy: generator.once(in: 3))
        }
    }

    private mutating func text() -> String {
        String(
            repeating: generator.pick(["ab ", "é", "x"]), count: generator.below(shape.textBytesMax)
        )
    }

    private mutating func id() -> Int64 {
        let border = (WorldTime.firstHour + Int64(generator.below(3))) * WorldTime.hourMs
        switch generator.below(14) {
        case 0: return WorldTime.id(at: border)
        case 1: return WorldTime.id(at: border) - 1
        // Older than snowflakes.
        case 2: return 1 + Int64(generator.below(20_000_000_000))
        // Months old, and days ahead, of which the second is too many. Few, since each hour is a
        // partition with files of its own.
        case 3: return WorldTime.id(at: border - 2_000 * WorldTime.hourMs)
        case 4:
            let ahead: Int64 = generator.once(in: 2) ? 2 : 40
            return WorldTime.id(at: border + ahead * WorldTime.hourMs)
        default: return WorldTime.id(at: time()) + Int64(generator.below(1 << 22))
        }
    }

    private mutating func others() -> [WorldLine] {
        (0..<generator.below(shape.tweetsMax)).map { number in
            switch generator.below(6) {
            case 0, 1: .delete(id())
            case 2: .withheld(id())
            case 3: .limit(number)
            case 4: .unknown(number)
            default: generator.pick(WorldLine.unreadable)
            }
        }
    }

    /// Gives most zones a copy, some several, and some a copy that says something else.
    private mutating func spread(_ tweet: Tweet, over segments: inout [WorldSegment]) {
        let moment = tweet.id >> 22 + WorldTime.snowflakeEpochMs
        for index in segments.indices {
            let start = segments[index].name.start.milliseconds
            let isThen = (start..<max(start + 1, segments[index].end)).contains(moment)
            guard generator.once(in: isThen ? 1 : 6), !generator.once(in: 4) else { continue }
            for _ in 0...(generator.once(in: 6) ? 1 : 0) {
                add(copy(tweet, segments[index].zone), to: &segments, index)
            }
        }
        guard generator.once(in: 4) else { return }
        add(.delete(tweet.id), to: &segments, generator.below(segments.count))
    }

    private mutating func copy(_ tweet: Tweet, _ zone: Zone) -> WorldLine {
        let text = tweet.text + (generator.once(in: 8) ? " edited \(generator.below(3))" : "")
        return tweet.isLegacy
            ? .legacyPost(tweet.id, text) : .post(tweet.id, text, rule: "rule of \(zone)")
    }

    private mutating func add(
        _ line: WorldLine, to segments: inout [WorldSegment], _ index: Int
    ) {
        let place = generator.below(segments[index].batches[0].lines.count + 1)
        segments[index].batches[0].lines.insert(line, at: place)
    }

    /// Cuts the lines into batches at ascending times.
    private mutating func finish(_ segment: inout WorldSegment) {
        var rest = segment.lines[...]
        var time = segment.name.start.milliseconds
        segment.batches = []
        while !rest.isEmpty {
            let count = 1 + generator.below(8)
            time += Int64(generator.below(Int(segment.end - time) + 1))
            segment.batches.append(
                WorldSegment.Batch(time: time, lines: Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
    }
}
