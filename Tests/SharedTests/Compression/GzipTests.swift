import Shared
import TestSupport
import Testing

/// Everything that our encoders write is read by Python's gzip and by `gunzip -t`, and everything
/// that those write is read by our decoders.
@Suite struct GzipTests {
    /// Texts that compress well, badly and not at all, and the sizes at which buffers fill.
    private static func samples(_ generator: inout SplitMix64) -> [[UInt8]] {
        let sizes = [0, 1, 100, 65_535, 65_536, 65_537]
        let alphabet = Array("{\"id\":12345}\n".utf8)
        let noise = sizes.map { generator.bytes($0) }
        let text = sizes.map { size in
            (0..<size).map { _ in generator.pick(alphabet) }
        }
        return noise + text + [[UInt8](repeating: 0x61, count: 1_000_000)]
    }

    private static func pythonInflates(_ gzip: [UInt8]) throws -> [UInt8] {
        let script =
            "import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"
        return try Shell.python(script, input: gzip)
    }

    /// A member for each of `raws`, all from one process.
    private static func pythonDeflates(_ raws: [[UInt8]], level: Int = 6) throws -> [[UInt8]] {
        let script = """
            import gzip, sys
            for size in \(raws.map(\.count)):
                member = gzip.compress(sys.stdin.buffer.read(size), \(level))
                sys.stdout.buffer.write(len(member).to_bytes(4, "little") + member)
            """
        var output = try Shell.python(script, input: Array(raws.joined()))[...]
        var members: [[UInt8]] = []
        while !output.isEmpty {
            let size = output.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            members.append(Array(output.dropFirst(4).prefix(size)))
            output = output.dropFirst(4 + size)
        }
        return members
    }

    private static func member(_ raw: [UInt8], level: Int = 6) -> [UInt8] {
        var deflater = MemberDeflater(level: level)
        var output: [UInt8] = []
        raw.withUnsafeBytes { deflater.deflate($0, to: &output) }
        return output
    }

    private static func inflate(_ member: [UInt8], bytes: Int) throws -> [UInt8] {
        var inflater = MemberInflater()
        var output = [UInt8](repeating: 0, count: bytes)
        try member.withUnsafeBytes { member in
            try output.withUnsafeMutableBytes { try inflater.inflate(member, into: $0) }
        }
        return output
    }

    private static func isHeaderPlain(_ gzip: [UInt8]) -> Bool {
        // RFC 1952: magic, deflate, no flags, no time.
        gzip.starts(with: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }

    // MARK: MemberDeflater

    @Test(arguments: CompressionProfile.allCases)
    func `a member of each profile is read by Python and has no optional fields`(
        profile: CompressionProfile
    ) throws {
        let seed = Seed()
        var generator = seed.generator
        var deflater = MemberDeflater(profile: profile)
        var output: [UInt8] = []
        var raw: [UInt8] = []
        for sample in Self.samples(&generator) {
            let start = output.count
            sample.withUnsafeBytes { deflater.deflate($0, to: &output) }
            raw += sample
            #expect(Self.isHeaderPlain(Array(output[start...])))
        }
        #expect(try Self.pythonInflates(output) == raw, "\(seed)")
    }

    @Test func `the profiles cost more and give less in their order`() {
        var generator = SplitMix64(seed: 7)
        let raw = (0..<20_000).flatMap { number in
            Array("{\"id\":\"\(number * 7919)\",\"text\":\"\(generator.below(1000))\"}\n".utf8)
        }
        func size(_ profile: CompressionProfile) -> Int {
            var deflater = MemberDeflater(profile: profile)
            var output: [UInt8] = []
            raw.withUnsafeBytes { deflater.deflate($0, to: &output) }
            return output.count
        }
        #expect(size(.fast) > size(.balanced))
        #expect(size(.balanced) > size(.small))
    }

    // MARK: GzipMemberWriter

    @Test func `members that came in pieces with flushes between are read by Python and gunzip`()
        throws
    {
        let seed = Seed()
        var generator = seed.generator
        var writer = GzipMemberWriter(level: 6)
        var output: [UInt8] = []
        var raw: [UInt8] = []
        for sample in Self.samples(&generator) {
            let start = output.count
            let cut = generator.below(sample.count + 1)
            for piece in [sample[..<cut], sample[cut...]] {
                piece.withUnsafeBytes { writer.append($0, to: &output) }
                for _ in 0..<generator.below(3) { writer.syncFlush(to: &output) }
            }
            writer.finishMember(to: &output)
            raw += sample
            #expect(Self.isHeaderPlain(Array(output[start...])))
        }
        #expect(try Self.pythonInflates(output) == raw, "\(seed)")
        try TemporaryDirectory.with { directory in
            try directory.write(output, to: "x.gz")
            #expect(Shell.succeeds(["gunzip", "-t", directory.file("x.gz")]))
            #expect(try Shell.run(["zcat", directory.file("x.gz")]) == raw, "\(seed)")
        }
    }

    @Test func `at a flush everything appended so far is readable, by others and by us`() throws {
        let seed = Seed()
        var generator = seed.generator
        var writer = GzipMemberWriter(level: 6)
        var output: [UInt8] = []
        var raw: [UInt8] = []
        var points: [(raw: Int, output: Int)] = []
        let alphabet = Array("abc\n".utf8)
        for _ in 0..<30 {
            let piece = (0..<generator.below(5000)).map { _ in generator.pick(alphabet) }
            piece.withUnsafeBytes { writer.append($0, to: &output) }
            writer.syncFlush(to: &output)
            raw += piece
            points.append((raw.count, output.count))
        }
        let script = """
            import json, sys, zlib
            data = sys.stdin.buffer.read()
            ends = \(points.map(\.output))
            print([len(zlib.decompressobj(31).decompress(data[:end])) for end in ends])
            """
        let lengths = try JSONDocument.decode(
            [Int].self, from: try Shell.python(script, input: output))
        #expect(lengths == points.map(\.raw), "\(seed)")
        for point in points {
            let decoded = Self.decode(Array(output[..<point.output]))
            #expect(decoded.members.isEmpty && decoded.failure == nil)
            // As a Bool, since a failure would print the bytes.
            let isPrefix = decoded.rest == Array(raw[..<point.raw])
            #expect(isPrefix, "\(seed)")
        }
    }

    // MARK: MemberInflater

    @Test func `Python's members are inflated, and the empty one too`() throws {
        let seed = Seed()
        var generator = seed.generator
        let samples = Self.samples(&generator)
        for level in [1, 9] {
            let members = try Self.pythonDeflates(samples, level: level)
            try #require(members.count == samples.count)
            for (sample, member) in zip(samples, members) {
                #expect(try Self.inflate(member, bytes: sample.count) == sample, "\(seed)")
            }
        }
        var inflater = MemberInflater()
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        try Self.member([]).withUnsafeBytes { try inflater.inflate($0, into: nothing) }
    }

    @Test func `a member that is cut anywhere is refused`() {
        let raw = Array(String(repeating: "{\"id\":1}\n", count: 20).utf8)
        let member = Self.member(raw)
        for end in 0..<member.count {
            #expect(throws: GzipError.self, "cut at \(end)") {
                try Self.inflate(Array(member[..<end]), bytes: raw.count)
            }
        }
    }

    @Test func `a member with any byte of its content, CRC or length changed is refused`() {
        let raw = Array(String(repeating: "{\"id\":1}\n", count: 20).utf8)
        let member = Self.member(raw)
        // Bytes 4 to 9 of the header are time, compressor and system, which nobody checks.
        for place in [0, 1, 2] + Array(10..<member.count) {
            var changed = member
            changed[place] ^= 0x20
            let result = try? Self.inflate(changed, bytes: raw.count)
            #expect(result == nil || result == raw, "changed at \(place)")
            if place >= member.count - 8 || place < 3 { #expect(result == nil, "at \(place)") }
        }
    }

    @Test func `a member that holds more than was asked for is too large`() {
        let member = Self.member([UInt8](repeating: 0x61, count: 1000))
        for bytes in [0, 1, 999] {
            let error = #expect(throws: GzipError.self) {
                try Self.inflate(member, bytes: bytes)
            }
            #expect(error?.code == .tooLarge, "into \(bytes)")
            #expect(error?.message == "member inflates to more than \(bytes) bytes")
        }
    }

    @Test func `a member that holds less, and bytes behind a member, are corrupt`() {
        let member = Self.member([UInt8](repeating: 0x61, count: 1000))
        let less = #expect(throws: GzipError.self) { try Self.inflate(member, bytes: 1001) }
        #expect(less?.code == .corrupt)
        let more = #expect(throws: GzipError.self) { try Self.inflate(member + [0], bytes: 1000) }
        #expect(more?.code == .corrupt)
    }

    // MARK: GzipDecoder

    private struct Decoded {
        var members: [[UInt8]] = []
        /// What inflated of a member that did not end.
        var rest: [UInt8] = []
        var failure: GzipError?
        var consumed = 0
    }

    private static func decode(_ gzip: [UInt8], inputStep: Int = 1000, outputStep: Int = 777)
        -> Decoded
    {
        var decoder = GzipDecoder()
        var decoded = Decoded()
        var output = [UInt8](repeating: 0, count: outputStep)
        while true {
            let input = Array(gzip[decoded.consumed...].prefix(inputStep))
            var consumed = 0
            var produced = 0
            do {
                let status = try input.withUnsafeBytes { input in
                    try output.withUnsafeMutableBytes { output in
                        try decoder.decode(
                            input, consumed: &consumed, into: output, produced: &produced)
                    }
                }
                decoded.consumed += consumed
                decoded.rest += output[..<produced]
                if status == .memberEnded {
                    decoded.members.append(decoded.rest)
                    decoded.rest = []
                } else if consumed == 0 && produced == 0 {
                    return decoded
                }
            } catch {
                decoded.consumed += consumed
                decoded.rest += output[..<produced]
                decoded.failure = error as? GzipError
                return decoded
            }
        }
    }

    @Test(arguments: [(1, 1), (1, 4096), (4096, 1), (977, 1013), (1 << 20, 1 << 20)])
    func `members are told apart whatever the pieces`(inputStep: Int, outputStep: Int) throws {
        let seed = Seed()
        var generator = seed.generator
        let raws = [generator.bytes(2000), [], [UInt8](repeating: 0x61, count: 30_000), [0x62]]
        let gzip = try Self.pythonDeflates(raws) + raws.map { Self.member($0) }
        let decoded = Self.decode(
            Array(gzip.joined()), inputStep: inputStep, outputStep: outputStep)
        #expect(decoded.members == raws + raws, "\(seed)")
        #expect(decoded.rest.isEmpty && decoded.failure == nil)
        #expect(decoded.consumed == gzip.joined().count)
    }

    @Test func `of a member cut anywhere a prefix is handed out and nothing else`() {
        let raw = Array((0..<300).map { "{\"id\":\($0)}\n" }.joined().utf8)
        let member = Self.member(raw)
        for end in 0..<member.count {
            let decoded = Self.decode(Array(member[..<end]))
            #expect(decoded.members.isEmpty && decoded.failure == nil, "cut at \(end)")
            #expect(raw.starts(with: decoded.rest), "cut at \(end)")
        }
    }

    @Test func `a wrong CRC, a wrong length and bytes that are no gzip are corrupt`() {
        let raw = Array("{\"id\":1}\n".utf8)
        let member = Self.member(raw)
        for place in [0, 1, 2, member.count - 8, member.count - 1] {
            var changed = member
            changed[place] ^= 1
            let decoded = Self.decode(member + changed)
            #expect(decoded.members == [raw])
            #expect(decoded.failure?.code == .corrupt, "changed at \(place)")
            #expect(decoded.failure?.message.hasPrefix("gzip: ") == true)
        }
    }

    @Test func `after a failure the decoder reads the next member`() throws {
        var decoder = GzipDecoder()
        let raw = Array("{\"id\":1}\n".utf8)
        var output = [UInt8](repeating: 0, count: 100)
        var consumed = 0
        var produced = 0
        for begin in [[UInt8](repeating: 7, count: 20), Array(Self.member(raw).dropLast(3))] {
            begin.withUnsafeBytes { input in
                output.withUnsafeMutableBytes { output in
                    _ = try? decoder.decode(
                        input, consumed: &consumed, into: output, produced: &produced)
                }
            }
            decoder.reset()
            let status = try Self.member(raw).withUnsafeBytes { input in
                try output.withUnsafeMutableBytes {
                    try decoder.decode(input, consumed: &consumed, into: $0, produced: &produced)
                }
            }
            #expect(status == .memberEnded)
            #expect(Array(output[..<produced]) == raw)
        }
    }

    @Test func `an empty member ends even where there is no room at all`() throws {
        var decoder = GzipDecoder()
        var consumed = 0
        var produced = 0
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        let member = Self.member([])
        let status = try member.withUnsafeBytes {
            try decoder.decode($0, consumed: &consumed, into: nothing, produced: &produced)
        }
        #expect(status == .memberEnded && consumed == member.count && produced == 0)
    }

    @Test func `random bytes behind a gzip header never trap`() {
        let seed = Seed()
        var generator = seed.generator
        for _ in 0..<2000 {
            let hostile = Array(Self.member([]).prefix(10)) + generator.bytes(generator.below(200))
            let decoded = Self.decode(hostile)
            #expect(decoded.members.isEmpty || decoded.consumed >= 18, "\(seed)")
            _ = try? Self.inflate(hostile, bytes: 100)
        }
    }
}
