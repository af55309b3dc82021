import Shared
import Testing

@testable import merger

struct IDBoundsTests {
    @Test func `without bounds every id is among them`() throws {
        let bounds = try IDBounds(from: nil, to: nil)
        #expect(bounds == .all)
        #expect(bounds.contains(1) && bounds.contains(.max))
    }

    @Test func `ids are included at both ends`() throws {
        let bounds = try IDBounds(from: "10", to: "12")
        #expect((9...13).filter { bounds.contains($0) } == [10, 11, 12])
        #expect(throws: ConfigurationError.self) { try IDBounds(from: "12", to: "11") }
    }

    /// 1541815603606036480 was made at 2022-06-28T16:07:40.105Z, by X's documentation.
    @Test func `a moment is the ids that can be made from it on, or before it`() throws {
        let id: Int64 = 1_541_815_603_606_036_480
        let first = (id >> 22) << 22
        let from = try IDBounds(from: "2022-06-28T16:07:40.105Z", to: nil)
        #expect(from.contains(id) && !from.contains(first - 1))
        let to = try IDBounds(from: nil, to: "2022-06-28T16:07:40.105Z")
        #expect(!to.contains(id) && to.contains(first - 1))
        #expect(try IDBounds(from: "2022-06-28", to: "2022-06-29").contains(id))
    }

    @Test(arguments: ["2009-01-01", "9999-12-31"])
    func `a moment outside of all ids is a bound all the same`(time: String) throws {
        _ = try IDBounds(from: time, to: nil)
        #expect(try IDBounds(from: nil, to: "9999-12-31") == .all)
        #expect(try IDBounds(from: "2009-01-01", to: nil) == .all)
    }

    @Test(arguments: ["", "x", "0", "-1", "9223372036854775808", "2026-11-22T18"])
    func `anything else is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try IDBounds(from: text, to: nil) }
    }

    @Test func `hours that may hold one of them are those between the ends`() throws {
        let bounds = try IDBounds(from: "2026-11-22T18:59:59.999Z", to: "2026-11-22T20:00:00Z")
        let hours = ["2026-11-22T17", "2026-11-22T18", "2026-11-22T19", "2026-11-22T20"]
        let found = hours.compactMap { Partition($0) }.filter(bounds.mayHold)
        #expect(found.map(\.description) == ["2026-11-22T18", "2026-11-22T19"])
    }
}
