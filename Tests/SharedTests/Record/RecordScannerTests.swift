import Shared
import TestSupport
import Testing

@Suite struct RecordScannerTests {
    private static func scan(_ line: [UInt8]) -> ScannedLine {
        line.withUnsafeBytes { RecordScanner().scan($0) }
    }

    private static func scan(_ line: String) -> ScannedLine { scan(Array(line.utf8)) }

    private static func id(_ line: String) -> Int64? {
        guard case .record(let id, _) = scan(line) else { return nil }
        return id.rawValue
    }

    private static func body(_ line: String) -> String? {
        guard case .record(_, let body) = scan(line) else { return nil }
        return String(decoding: Array(line.utf8)[body], as: UTF8.self)
    }

    // MARK: Records

    @Test func `a v2 post has the id in data, and its body is the value of data`() {
        let line = #"{"data":{"id":"12","text":"x"},"matching_rules":[{"id":"9","tag":"a"}]}"#
        #expect(Self.id(line) == 12)
        #expect(Self.body(line) == #"{"id":"12","text":"x"}"#)
    }

    @Test func `a v1.1 post has the id at the top, and its body is the line`() {
        let line = #" {"id":12,"id_str":"12","text":"x"} "#
        #expect(Self.id(line) == 12)
        #expect(Self.body(line) == line)
    }

    @Test(arguments: [
        #"{"retweeted_status":{"id":1,"id_str":"1"},"id":12}"#,
        #"{"user":{"id":1},"entities":[{"id":"2"}],"id_str":"12"}"#,
        #"{"includes":{"tweets":[{"id":"1"}]},"data":{"author":{"id":"2"},"id":"12"}}"#,
        #"{"data":{"id":"12","id_str":"5","a":[{"id":"3"}]},"errors":[{"id":"4"}]}"#,
        #"{"i\u0064":"12"}"#, #"{"\u0069\u0064_\u0073\u0074\u0072":12}"#,
        #"{"d\u0061ta":{"\u0069d":12}}"#, "{ \"id\" : 12 }", "{\t\"id\"\r:\n12\r}",
        #"{"id":null,"id_str":"12"}"#, #"{"data":null,"id":12}"#, #"{"id":12,"data":{"id":"12"}}"#,
        #"{"id":12,"id":12,"id_str":"12"}"#, #"{"data":{"id":12},"errors":[{"title":"partial"}]}"#,
        #"{"id":12,"delete":{"status":{"id":5}}}"#, #"{"delete":{"status":{"id":5}},"id":12}"#,
        #"{"text":"\ud83d \\ \" \/ \b\f\n\r\t","id":12}"#,
        "{\"text\":\"\u{2028}\u{7F}\",\"id\":12}",
        #"{"id":12,"":0,"Id":1,"ID":2,"id ":3,"i":4,"idd":5}"#,
        #"{"text":"\u0000 \ud83d ","id":12}"#,
        // Each edit of a post is a post of its own, and names those before it.
        #"{"data":{"edit_history_tweet_ids":["10","11","12"],"id":"12","text":"t"}}"#,
    ])
    func `the id is found at its place whatever surrounds it`(line: String) {
        #expect(Self.id(line) == 12)
    }

    @Test(arguments: [
        ("1", 1), ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", Int64.max),
        ("1541815603606036481", 1_541_815_603_606_036_481),
    ])
    func `an id is the same as number and as string, above 2^53 too`(text: String, id: Int64) {
        for line in [
            #"{"id":\#(text)}"#, #"{"id_str":"\#(text)"}"#, #"{"data":{"id":"\#(text)"}}"#,
            #"{"data":{"id":\#(text)}}"#,
        ] {
            #expect(Self.id(line) == id, "\(line)")
        }
    }

    @Test func `the body of two values of data is the first object`() {
        #expect(Self.body(#"{"data":{"id":1,"a":2},"data":{"id":1}}"#) == #"{"id":1,"a":2}"#)
    }

    // MARK: Unreadable

    @Test(arguments: [
        "-12", "12.0", "1e1", "12E0", "0", "-0", "0.0", "9223372036854775808",
        "18446744073709551616", "10000000000000000000", "12345678901234567890", "true", "false",
        "[12]", #"{"id":12}"#, #""""#, #""0""#, #""012""#, #"" 12""#, #""12 ""#, #""-12""#,
        #""+12""#, #""12.0""#, #""1e1""#, #""0x12""#, #""9223372036854775808""#,
        #""12345678901234567890""#, #""abc""#, #""\u0031""#, "\"\u{661}\"",
    ])
    func `an id of any other form makes the line unreadable`(value: String) {
        for line in [
            #"{"id":\#(value)}"#, #"{"id_str":\#(value)}"#, #"{"data":{"id":\#(value)}}"#,
            #"{"id":\#(value),"id_str":"12"}"#, #"{"id_str":"12","id":\#(value)}"#,
            #"{"data":{"id":"12"},"id":\#(value)}"#,
        ] {
            #expect(Self.scan(line) == .unreadable(.badID), "\(line)")
        }
    }

    @Test(arguments: [
        "012", "00", "-", "+1", ".5", "1.", "1e", "1e+", "NaN", "Infinity", "-Infinity", "nul",
        "True", "'a'",
    ])
    func `a value that is not JSON makes the line unreadable`(value: String) {
        #expect(Self.scan(#"{"x":\#(value),"id":12}"#) == .unreadable(.notJSON))
        #expect(Self.scan(#"{"id":\#(value)}"#) == .unreadable(.notJSON))
    }

    @Test(arguments: [
        #"{"id":1,"id":2}"#, #"{"id":1,"id_str":"2"}"#, #"{"data":{"id":1,"id":2}}"#,
        #"{"data":{"id":1}," id":3,"id_str":"2"}"#, #"{"id":1,"data":{"id":2}}"#,
        #"{"data":{"id":1},"data":{"id":2}}"#, #"{"id":1,"id":2,"id":"x"}"#,
        #"{"id":1541815603606036480,"id_str":"1541815603606036481"}"#,
    ])
    func `two different ids make the line unreadable`(line: String) {
        #expect(Self.scan(line) == .unreadable(.differentIDs))
    }

    @Test(arguments: [
        #"{"data":{}}"#, #"{"data":{"text":"x"}}"#, #"{"data":{"id":null}}"#, #"{"data":[]}"#,
        #"{"data":5}"#, #"{"data":"x"}"#, #"{"data":{"id_str":"5"}}"#, #"{"data":{},"id":5}"#,
        #"{"data":[{"id":5}],"id":5}"#, #"{"data":{"delete":{"tweet":{"id":"5"}}}}"#,
    ])
    func `data without an id makes the line unreadable`(line: String) {
        #expect(Self.scan(line) == .unreadable(.noID))
    }

    @Test(arguments: ["[]", "[{\"id\":1}]", "1", "\"id\"", "null", "true", " false "])
    func `JSON that is not an object is unreadable`(line: String) {
        #expect(Self.scan(line) == .unreadable(.notAnObject))
    }

    @Test(arguments: [
        "", " ", "{", "}", "{}{}", "{},", "{\"id\":1}x", "{\"id\":1,}", "{,\"id\":1}", "{\"id\"}",
        "{\"id\":}", "{id:1}", "{\"id\":1 \"a\":2}", "{\"id\":1;\"a\":2}", "[1,]", "[,1]", "[1 2]",
        "{\"a\":[1}]", "{\"a\":\"\u{1}\",\"id\":1}", "{\"a\":\"\t\",\"id\":1}",
        "{\"a\t\":1,\"id\":1}",
        #"{"a":"\x","id":1}"#, #"{"a":"\u12g4","id":1}"#, #"{"a":"\u123","id":1}"#, #"{"a":"\"#,
        "\u{FEFF}{\"id\":1}", "{\"id\":1}\u{0}", "\u{0}{\"id\":1}", "{\u{0}\"id\":1}",
        "{\u{A0}\"id\":1}", "/**/{\"id\":1}", "undefined", "HTTP/1.1 200 OK",
    ])
    func `what is not JSON is unreadable`(line: String) {
        #expect(Self.scan(line) == .unreadable(.notJSON))
    }

    @Test func `every control character in a string is refused, wherever it stands`() {
        for control in UInt8(0)..<0x20 {
            for padding in 0..<17 {
                let text = Array(#"{"id":1,"a":""#.utf8) + [UInt8](repeating: 0x61, count: padding)
                let line = text + [control] + Array(#"aaaaaaaaaaaa"}"#.utf8)
                #expect(Self.scan(line) == .unreadable(.notJSON), "\(control) after \(padding)")
            }
        }
    }

    @Test func `any byte from 0x20 on but quote and backslash may stand in a string`() throws {
        for byte in UInt8(0x20)...0xFF where byte != 0x22 && byte != 0x5C {
            for padding in 0..<9 {
                let text = Array(#"{"id":1,"a":""#.utf8) + [UInt8](repeating: byte, count: padding)
                let line = text + [byte] + Array(#"aaaaaaaa"}"#.utf8)
                let id = try #require(TweetID(1))
                #expect(Self.scan(line) == .record(id: id, body: 0..<line.count), "\(byte)")
            }
        }
    }

    @Test func `512 levels are read and 513 are too deep, in arrays, objects and data`() {
        func nested(_ open: String, _ close: String, _ levels: Int) -> String {
            String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"id":"#, "}]")] {
            let levelsEach = open.count(where: { "[{".contains($0) })
            for (prefix, outer) in [(#"{"id":7,"a":"#, 1), (#"{"data":{"id":7,"a":"#, 2)] {
                let suffix = String(repeating: "}", count: outer)
                // An odd rest is filled with one array.
                func line(_ levels: Int) -> String {
                    let rest = levels - outer
                    let filler = rest % levelsEach
                    return prefix + String(repeating: "[", count: filler)
                        + nested(open, close, rest / levelsEach)
                        + String(repeating: "]", count: filler) + suffix
                }
                #expect(Self.id(line(512)) == 7, "\(open) in \(prefix)")
                #expect(Self.scan(line(513)) == .unreadable(.tooDeep), "\(open) in \(prefix)")
            }
        }
        #expect(Self.scan(nested("[", "]", 512)) == .unreadable(.notAnObject))
        #expect(Self.scan(nested("[", "]", 513)) == .unreadable(.tooDeep))
        let hostile = String(repeating: "[", count: 1_000_000)
        #expect(Self.scan(hostile) == .unreadable(.tooDeep))
        #expect(Self.scan(#"{"id":"# + hostile) == .unreadable(.tooDeep))
    }

    @Test(arguments: [
        #"{"data":{"id":"12","text":"a\u00e9\"b"},"b":{"c":[{"id":"1"},{}]},"x":[-1.5e+3,true]}"#,
        #"{"id":12,"id_str":"12","text":"\ud83d\ude00","r":{"id":5},"e":[[],{"a":null}]}"#,
    ])
    func `a line that is cut anywhere is unreadable and never half read`(line: String) {
        let bytes = Array(line.utf8)
        #expect(Self.id(line) == 12)
        for end in 0..<bytes.count {
            #expect(Self.scan(Array(bytes[..<end])) == .unreadable(.notJSON), "cut at \(end)")
        }
    }

    // MARK: Notices

    private static let notices: [(String, NoticeKind, Int64?)] = [
        (
            #"{"delete":{"status":{"id":5,"id_str":"5","user_id":3,"user_id_str":"3"}}}"#,
            .delete, 5
        ),
        (#"{"delete":{"status":{"user_id":3,"id_str":"5"},"timestamp_ms":"1"}}"#, .delete, 5),
        (#"{"delete":{"status":{"id":9223372036854775807}}}"#, .delete, Int64.max),
        (#"{"delete":{"status":{"id_str":"x","id":5}}}"#, .delete, 5),
        (#"{"d\u0065lete":{"st\u0061tus":{"id_st\u0072":"5"}}}"#, .delete, 5),
        (#"{"delete":{"a":{"id":1},"status":{"a":[1,{"id":2}],"id":5}},"id":null}"#, .delete, 5),
        (#"{"delete":{"status":{"id":-5}}}"#, .delete, nil), (#"{"delete":{}}"#, .delete, nil),
        (#"{"delete":null}"#, .delete, nil), (#"{"delete":{"status":5}}"#, .delete, nil),
        (#"{"scrub_geo":{"user_id":14,"up_to_status_id":23}}"#, .scrubGeo, 23),
        (#"{"scrub_geo":{"up_to_status_id":1,"up_to_status_id_str":"23"}}"#, .scrubGeo, 23),
        (#"{"limit":{"track":1234}}"#, .limit, nil),
        (
            #"{"status_withheld":{"id":1234567890,"user_id":1,"withheld_in_countries":["DE"]}}"#,
            .statusWithheld, 1_234_567_890
        ),
        (
            #"{"user_withheld":{"id":123456,"withheld_in_countries":["DE","AR"]}}"#, .userWithheld,
            nil
        ),
        (#"{"disconnect":{"code":4,"stream_name":"","reason":""}}"#, .disconnect, nil),
        (#"{"warning":{"code":"FALLING_BEHIND","message":"x","percent_full":60}}"#, .warning, nil),
        (#"{"friends":[1497,169686021]}"#, .friends, nil),
        (#"{"event":"user_update","source":{"id":1}}"#, .event, nil),
        (#"{"errors":[{"title":"operational-disconnect","disconnect_type":"X"}]}"#, .errors, nil),
        (#"{"errors":[{"id":"5"}],"data":null}"#, .errors, nil),
        (#"{}"#, .unknown, nil), (#" { } "#, .unknown, nil), (#"{"id":null}"#, .unknown, nil),
        (#"{"type":"connection_metadata"}"#, .unknown, nil), (#"{"Delete":{}}"#, .unknown, nil),
        (#"{"x":{"delete":{"status":{"id":5}}}}"#, .unknown, nil),
        (#"{"limit":{},"delete":{"status":{"id":5}}}"#, .limit, nil),
    ]

    @Test(arguments: notices)
    func `an object that is not a post is a notice with the id it speaks of`(
        line: String, kind: NoticeKind, id: Int64?
    ) {
        #expect(Self.scan(line) == .notice(kind, id: id.flatMap { TweetID($0) }))
    }

    // MARK: Any bytes

    @Test func `thousands of made and mutated lines are what Python says they are`() throws {
        let seed = Seed()
        var maker = LineMaker(generator: seed.generator)
        let lines = (0..<12_000).map { _ in maker.line() }
        let file = lines.joined(separator: [UInt8(ascii: "\n")]) + [UInt8(ascii: "\n")]
        let output = try TemporaryDirectory.with { directory in
            try directory.write(Array(file), to: "lines")
            return try Shell.run(
                ["python3", Repository.tool("line_oracle.py"), directory.file("lines")])
        }
        let verdicts = String(decoding: output, as: UTF8.self).split(separator: "\n")
        try #require(verdicts.count == lines.count)
        var kinds: [Substring: Int] = [:]
        for (line, verdict) in zip(lines, verdicts) {
            let text = String(decoding: line, as: UTF8.self)
            #expect(Self.describe(Self.scan(line)) == verdict, "\(text); \(seed)")
            kinds[verdict.prefix { $0 != " " }, default: 0] += 1
        }
        // A generator that makes only one kind of line would show nothing.
        #expect(kinds.count == 3 && kinds.values.allSatisfy { $0 > 500 }, "\(kinds); \(seed)")
    }

    private static func describe(_ line: ScannedLine) -> String {
        switch line {
        case .record(let id, let body): "record \(id) \(body.lowerBound) \(body.upperBound)"
        case .notice(let kind, let id): "notice \(kind.rawValue) \(id?.description ?? "-")"
        case .unreadable(let reason): "unreadable \(reason.rawValue)"
        }
    }

    @Test func `no bytes trap`() {
        let seed = Seed()
        var generator = seed.generator
        for _ in 0..<20_000 {
            let line = generator.bytes(generator.below(60))
            if case .record = Self.scan(line) { Issue.record("random bytes are no post; \(seed)") }
        }
    }
}
