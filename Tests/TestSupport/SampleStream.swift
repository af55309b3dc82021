package import Shared

/// Lines such as a stream delivers around one moment, and the parts of a segment that holds them.
package struct SampleStream {
    package var generator: SplitMix64

    package init(generator: SplitMix64) {
        self.generator = generator
    }

    /// 2026-11-22T18:30:00.000Z.
    package static let start = Timestamp(milliseconds: 1_795_372_200_000)
    package static let limits = DatasetLimits(created: start)

    package static func time(_ seconds: Double) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + Int64(seconds * 1000))
    }

    package static func zone(_ name: String = "use1-az4") -> Zone {
        guard let zone = Zone(name) else { preconditionFailure("\(name) is a zone") }
        return zone
    }

    package static func name(sequence: Int = 0) -> SegmentName {
        guard let instance = ListenerInstance(hex: "0123456789abcdef") else {
            preconditionFailure("16 digits")
        }
        return SegmentName(start: start, instance: instance, sequence: sequence)
    }

    package static func header(sequence: Int = 0) -> SegmentHeader {
        SegmentHeader(
            stream: "default", zone: zone(), name: name(sequence: sequence), software: "tests/1",
            source: SegmentManifest.SourceFacts(
                kind: "x-filtered", url: "https://api.x.com/2/tweets/search/stream",
                selection: "0a1b"))
    }

    /// What a segment is taken for where its journal is gone.
    package static func fallback(sequence: Int = 0) -> SegmentHeader {
        SegmentHeader(
            stream: "default", zone: zone(), name: name(sequence: sequence),
            software: "tests/recovery", source: SegmentManifest.SourceFacts(kind: "unknown"))
    }

    /// The smallest id of a moment.
    package static func id(_ seconds: Double) -> Int64 {
        (time(seconds).milliseconds - TweetID.epoch.milliseconds) << Int64(TweetID.bitsBelowTime)
    }

    /// One line: mostly posts of the last minutes, and of everything else a few.
    package mutating func line(seconds: Double) -> [UInt8] {
        let id = Self.id(seconds - Double(generator.below(300))) + Int64(generator.below(1 << 22))
        return Array(text(id).utf8)
    }

    private mutating func text(_ id: Int64) -> String {
        let words = String(
            repeating: "words \(generator.below(100_000)) ", count: generator.below(9))
        switch generator.below(40) {
        case 0: return #"{"delete":{"status":{"id":\#(id),"user_id":3}}}"#
        case 1: return #"{"limit":{"track":\#(generator.below(1000))}}"#
        case 2: return #"{"data":{"id":"x\#(id)"}}"#
        case 3: return "not JSON at all"
        // Older than any hour near it.
        case 4: return #"{"id":\#(generator.below(1_000_000) + 1),"text":"old"}"#
        case 5...14: return #"{"id":\#(id),"id_str":"\#(id)","text":"\#(words)\ud83d\ude00"}"#
        default:
            return #"{"data":{"id":"\#(id)","text":"\#(words)é"},"matching_rules":[{"id":"7"}]}"#
        }
    }
}

extension SegmentWriter {
    /// Scans and appends a line, as a listener does.
    package func append(_ line: [UInt8]) throws {
        try line.withUnsafeBytes { try append($0, RecordScanner().scan($0)) }
    }
}
