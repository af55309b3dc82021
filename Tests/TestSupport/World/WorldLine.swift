package import Shared

/// A line of the stream, and what it is by the rules of `docs/FORMAT.md`: the world that made it
/// knows, and reads nothing.
package struct WorldLine: Equatable, Sendable {
    package enum Meaning: Equatable, Sendable {
        /// A post. Copies with equal `body` mean the same.
        case record(id: Int64, body: [UInt8])
        case notice(kind: String, id: Int64?)
        case unreadable(reason: String)
    }

    package var bytes: [UInt8]
    package var meaning: Meaning

    private init(_ text: String, _ meaning: Meaning) {
        bytes = Array(text.utf8)
        self.meaning = meaning
    }

    /// A post of v2 as a zone with a rule of its own gets it: the zones' bytes differ, and mean the
    /// same where the text does.
    package static func post(_ id: Int64, _ text: String, rule: String) -> WorldLine {
        let body = #"{"id":"\#(id)","text":"\#(text)"}"#
        return WorldLine(
            #"{"data":\#(body),"matching_rules":[{"id":"\#(rule)"}]}"#,
            .record(id: id, body: Array(body.utf8)))
    }

    /// A post of v1.1, which means what its whole line says.
    package static func legacyPost(_ id: Int64, _ text: String) -> WorldLine {
        let line = #"{"id":\#(id),"id_str":"\#(id)","text":"\#(text)"}"#
        return WorldLine(line, .record(id: id, body: Array(line.utf8)))
    }

    package static func delete(_ id: Int64) -> WorldLine {
        WorldLine(
            #"{"delete":{"status":{"id":\#(id),"id_str":"\#(id)","user_id":3}}}"#,
            .notice(kind: "delete", id: id))
    }

    package static func withheld(_ id: Int64) -> WorldLine {
        WorldLine(
            #"{"status_withheld":{"id":\#(id),"user_id":3,"withheld_in_countries":["XY"]}}"#,
            .notice(kind: "status_withheld", id: id))
    }

    package static func limit(_ track: Int) -> WorldLine {
        WorldLine(#"{"limit":{"track":\#(track)}}"#, .notice(kind: "limit", id: nil))
    }

    package static func unknown(_ number: Int) -> WorldLine {
        WorldLine(#"{"number":\#(number)}"#, .notice(kind: "unknown", id: nil))
    }

    package static let unreadable = [
        WorldLine("not JSON at all", .unreadable(reason: "not JSON")),
        WorldLine("[1,2]", .unreadable(reason: "not a JSON object")),
        WorldLine(
            #"{"data":{"text":"no id"}}"#, .unreadable(reason: "no id at its place")),
        WorldLine(
            #"{"data":{"id":"12x"}}"#,
            .unreadable(reason: "an id that is not a decimal from 1 to 2^63 - 1")),
        WorldLine(
            #"{"id":5,"id_str":"6"}"#, .unreadable(reason: "two different ids")),
    ]
}

/// Hours and ids by arithmetic of the world's own.
package enum WorldTime {
    package static let hourMs: Int64 = 3_600_000
    package static let snowflakeEpochMs: Int64 = 1_288_834_974_657

    /// 2026-11-22T18: the world's first hour of posts.
    package static let firstHour: Int64 = 498_714

    /// Whole hours since 1970.
    package static func hour(ofTime milliseconds: Int64) -> Int64 { milliseconds / hourMs }

    package static func hour(ofID id: Int64) -> Int64 { hour(ofTime: id >> 22 + snowflakeEpochMs) }

    /// The smallest id of a moment.
    package static func id(at milliseconds: Int64) -> Int64 {
        (milliseconds - snowflakeEpochMs) << 22
    }

    package static func partition(_ hour: Int64) -> Partition { Partition(hoursSince1970: hour) }
}
