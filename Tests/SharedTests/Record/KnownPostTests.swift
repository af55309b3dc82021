import CScan
import Testing
import TestSupport

@testable import Shared

/// `CScan` knows compact posts by blocks of 64 bytes; the grammar knows every line. Where both have an
/// answer it is one.
@Suite(.enabled(if: cscan_is_supported()))
struct KnownPostTests {
    /// Of every kind of token, escape and place of an id, in nests.
    private static let posts = [
        #"{"data":{"id":"1541815603606036480","text":"a \u00e9\n\"b\" \\","n":[-1.5e+3,0,{"id":7}]},"m":[{"id":"5","tag":"x"}]}"#,
        #"{"m":[[],{},""],"data":{"a":{"data":{"id":"8"}},"b":[true,false,null],"id":12,"z":0.25},"id":12}"#,
        #"{"created_at":"Mon","id":12,"id_str":"12","user":{"id":9,"id_str":"9"},"geo":null,"x":{"a":{"b":[1,2E-7]}}}"#,
        #"{"a\"id":1,"ids":[3,4],"\\":"\/\b\f\r\t","id_str":"9223372036854775807","e":[{"a":[{}]},"日本",10]}"#,
    ]

    private static func isKnown(_ line: [UInt8]) -> Bool {
        var post = cscan_post()
        return line.withUnsafeBufferPointer { cscan_post_of($0.baseAddress, $0.count, &post) }
    }

    /// What both readings say, by the grammar and with `CScan`.
    private static func readings(_ line: [UInt8]) -> (ScannedLine, ScannedLine) {
        line.withUnsafeBytes {
            (RecordScanner(isPortable: true).scan($0), RecordScanner().scan($0))
        }
    }

    /// The line with a value of so many bytes before everything else, which moves the rest.
    private static func moved(_ line: String, by count: Int) -> [UInt8] {
        Array("{\"p\":\"\(String(repeating: "é", count: count / 2))".utf8)
            + [UInt8](repeating: 0x61, count: count % 2) + Array("\",\(line.dropFirst())".utf8)
    }

    @Test func `a compact post is known wherever its blocks are cut, and read as by the grammar`() {
        for post in Self.posts {
            for count in 0..<130 {
                let line = Self.moved(post, by: count)
                let (expected, found) = Self.readings(line)
                #expect(found == expected, "\(String(decoding: line, as: UTF8.self))")
                guard case .record = expected else {
                    Issue.record("\(post) is a post")
                    continue
                }
                #expect(
                    Self.isKnown(line) == !post.contains(#"a\"id"#), "\(post) moved by \(count)")
            }
        }
    }

    @Test func `a line with any byte changed, put in or left out is what the grammar says`() {
        let marks = Array("\"\\{}[]:,0-+.eEtfnu 19\t\r\u{1}\u{7F}".utf8) + [0, 0x80, 0xFF]
        for post in Self.posts {
            let line = Self.moved(post, by: 37)
            for index in line.indices {
                var shorter = line
                shorter.remove(at: index)
                Self.compare(shorter)
                Self.compare(Array(line[..<index]))
                for mark in marks {
                    var changed = line
                    changed[index] = mark
                    Self.compare(changed)
                    changed.insert(line[index], at: index)
                    Self.compare(changed)
                }
            }
        }
    }

    private static func compare(_ line: [UInt8]) {
        let (expected, found) = readings(line)
        // Formatting each of so many lines would take longer than reading them.
        if found != expected {
            Issue.record(
                "\(String(decoding: line, as: UTF8.self)): \(found), not \(expected)")
        }
    }

    @Test func `random changes to made lines leave both readings one`() {
        let seed = Seed()
        var maker = LineMaker(generator: seed.generator)
        // A maker of nothing but other lines would show nothing.
        var known = 0
        for _ in 0..<5000 {
            let made = maker.line().filter { $0 != UInt8(ascii: " ") }
            for line in [made, Self.moved(String(decoding: made, as: UTF8.self), by: 50)] {
                let (expected, found) = Self.readings(line)
                if Self.isKnown(line) { known += 1 }
                if found != expected {
                    Issue.record("\(String(decoding: line, as: UTF8.self)); \(seed)")
                }
            }
        }
        #expect(known > 50, "\(seed)")
    }
}
