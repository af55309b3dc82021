import Shared
import Testing

@testable import listener

struct RotationPolicyTests {
    private let policy = RotationPolicy(segmentBytesMax: 1000, segmentAge: .seconds(300))

    private func time(_ text: String) throws -> Timestamp {
        try #require(Timestamp("2026-11-22T\(text)Z"))
    }

    @Test(arguments: [
        ("18:00:00.000", "18:05:00.000"), ("18:00:00.001", "18:05:00.000"),
        ("18:04:59.999", "18:05:00.000"), ("18:57:00.000", "19:00:00.000"),
    ])
    func `segments end at multiples of their age`(start: String, end: String) throws {
        #expect(policy.deadline(openedAt: try time(start)) == (try time(end)))
    }

    @Test func `a segment opened at a boundary lasts a whole age`() throws {
        let start = try time("18:05:00.000")
        let age = policy.deadline(openedAt: start).milliseconds - start.milliseconds
        #expect(age == 300_000)
    }

    @Test func `a segment is due at its deadline, or once it is full`() throws {
        let start = try time("18:01:00.000")
        func isDue(_ bytes: Int, _ now: String) throws -> Bool {
            policy.isDue(openedAt: start, estimatedBytes: bytes, now: try time(now))
        }
        #expect(try !isDue(0, "18:04:59.999"))
        #expect(try isDue(0, "18:05:00.000"))
        #expect(try !isDue(999, "18:02:00.000"))
        #expect(try isDue(1000, "18:02:00.000"))
    }

    @Test func `a clock that was set back makes nothing due`() throws {
        #expect(
            !policy.isDue(
                openedAt: try time("18:01:00.000"), estimatedBytes: 0,
                now: try time("17:00:00.000")))
    }
}
