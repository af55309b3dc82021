import Shared
import TestSupport
import Testing

/// Lines whose id stands at a JSON pointer.
struct PointerScanTests {
    private func scan(_ line: String, _ pointer: String) throws -> ScannedLine {
        try scan(Array(line.utf8), pointer)
    }

    private func scan(_ line: [UInt8], _ pointer: String) throws -> ScannedLine {
        let parsed = try #require(JSONPointer(pointer))
        let scanner = RecordScanner(idPointer: parsed)
        return line.withUnsafeBytes { scanner.scan($0) }
    }

    @Test(arguments: [
        (#"{"post":{"id":5}}"#, "/post/id"), (#"{"post":{"id":"5"}}"#, "/post/id"),
        (#" {"a":[1,{"b":[]}],"post" : {"x":{"id":7}, "id" : 5 } } "#, "/post/id"),
        (#"{"p\u006fst":{"\u0069d":5}}"#, "/post/id"), (#"{"id":7,"n":5}"#, "/n"),
        (#"{"a/b":{"~":5}}"#, "/a~1b/~0"), (#"{"":5}"#, "/"), (#"{"a":{"":5}}"#, "/a/"),
        (#"{"items":[{"id":1},{"id":5}]}"#, "/items/1/id"), (#"{"items":{"0":5}}"#, "/items/0"),
        (#"{"post":null,"post":{"id":null,"id":5}}"#, "/post/id"),
        (#"{"post":{"id":5},"post":{"id":"5"}}"#, "/post/id"),
        (#"{"data":{"id":"7"},"post":{"id":5}}"#, "/post/id"),
    ])
    func `the id is the one at the pointer, and the digest is of the whole line`(
        line: String, pointer: String
    ) throws {
        let id = try #require(TweetID(5))
        #expect(try scan(line, pointer) == .record(id: id, body: 0..<line.utf8.count))
    }

    @Test(arguments: [
        (#"{"id":5}"#, UnreadableReason.noID), (#"{"post":{}}"#, .noID), (#"{}"#, .noID),
        (#"{"post":5}"#, .noID), (#"{"post":[5]}"#, .noID), (#"{"post":{"id":null}}"#, .noID),
        (#"{"delete":{"status":{"id":5}}}"#, .noID), (#"{"post":{"id":5.0}}"#, .badID),
        (#"{"post":{"id":"05"}}"#, .badID), (#"{"post":{"id":-5}}"#, .badID),
        (#"{"post":{"id":{"id":5}}}"#, .badID),
        (#"{"post":{"id":9223372036854775808}}"#, .badID),
        (#"{"post":{"id":5,"id":6}}"#, .differentIDs),
        (#"{"post":{"id":5},"post":{"id":6}}"#, .differentIDs),
        (#"[{"post":{"id":5}}]"#, .notAnObject), (#"5"#, .notAnObject),
        (#"{"post":{"id":5}"#, .notJSON), (#"{"post":{"id":5}}x"#, .notJSON),
        (#"{"post":{"id":5,}}"#, .notJSON), (#"{"x":[1,],"post":{"id":5}}"#, .notJSON),
    ])
    func `a line without one such id is unreadable, and never a notice`(
        line: String, reason: UnreadableReason
    ) throws {
        #expect(try scan(line, "/post/id") == .unreadable(reason))
    }

    @Test func `nesting is refused at the same depth as without a pointer`() throws {
        func line(_ depth: Int) -> String {
            let open = String(repeating: "[", count: depth - 2)
            let close = String(repeating: "]", count: depth - 2)
            return #"{"post":{"x":\#(open)\#(close),"id":5}}"#
        }
        let id = try #require(TweetID(5))
        #expect(
            try scan(line(512), "/post/id") == .record(id: id, body: 0..<line(512).utf8.count))
        #expect(try scan(line(513), "/post/id") == .unreadable(.tooDeep))
    }

    @Test(arguments: [
        "", "id", "post/id", "/a~2", "/a~", "/\u{e9}", "/a\nb",
        "/" + String(repeating: "k", count: 33), String(repeating: "/a", count: 33),
    ])
    func `what is no pointer that can be compared is refused`(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test(arguments: ["/data/id", "/delete/status/id", "/id", "/id_str", "/friends/0", "/x/1/id"])
    func `thousands of made and mutated lines are what Python says they are`(
        pointer: String
    ) throws {
        let seed = Seed()
        var maker = LineMaker(generator: seed.generator)
        let lines = (0..<6_000).map { number -> [UInt8] in
            // The maker knows no arrays of posts.
            guard number % 4 == 0 else { return maker.line() }
            let id = number % 8 == 0 ? Array("\(number + 1)".utf8) : maker.line()
            return Array(#"{"friends":[\#(number),"x"],"x":[{},{"id":"#.utf8) + id
                + Array("}]}".utf8)
        }
        let file = lines.joined(separator: [UInt8(ascii: "\n")]) + [UInt8(ascii: "\n")]
        let output = try TemporaryDirectory.with { directory in
            try directory.write(Array(file), to: "lines")
            return try Shell.run(
                [
                    "python3", Repository.tool("line_oracle.py"), directory.file("lines"), pointer,
                ])
        }
        let verdicts = String(decoding: output, as: UTF8.self).split(separator: "\n")
        try #require(verdicts.count == lines.count)
        var kinds: [Substring: Int] = [:]
        for (line, verdict) in zip(lines, verdicts) {
            let found = describe(try scan(line, pointer))
            #expect(found == verdict, "\(String(decoding: line, as: UTF8.self)); \(seed)")
            kinds[verdict.prefix { $0 != " " }, default: 0] += 1
        }
        #expect(kinds.count == 2 && kinds.values.allSatisfy { $0 > 20 }, "\(kinds); \(seed)")
    }

    private func describe(_ line: ScannedLine) -> String {
        switch line {
        case .record(let id, let body): "record \(id) \(body.lowerBound) \(body.upperBound)"
        case .notice(let kind, _): "notice \(kind.rawValue)"
        case .unreadable(let reason): "unreadable \(reason.rawValue)"
        }
    }

    @Test func `no bytes trap`() throws {
        let seed = Seed()
        var generator = seed.generator
        for _ in 0..<20_000 {
            let line = generator.bytes(generator.below(60))
            if case .record = try scan(line, "/a/0") {
                Issue.record("random bytes are no post; \(seed)")
            }
        }
    }
}
