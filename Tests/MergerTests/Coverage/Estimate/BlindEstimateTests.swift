import Testing

@testable import merger

struct BlindEstimateTests {
    private func minute(_ connected: UInt64, _ counts: [UInt64: Int]) -> CaptureStratum {
        CaptureStratum(connected: connected, milliseconds: 60_000, counts: counts)
    }

    @Test func `no blind time is nothing missed`() {
        let blind = BlindEstimate([minute(0b11, [0b11: 5])])
        #expect(blind.milliseconds == 0)
        #expect(blind.missed.figure == MissedEstimate.Figure(value: 0, low: 0, high: 0))
    }

    @Test func `while no zone was connected, tweets came as before and after`() {
        let before = Array(repeating: minute(0b11, [0b11: 100]), count: 40)
        let after = Array(repeating: minute(0b11, [0b11: 200]), count: 40)
        let gap = Array(repeating: minute(0, [:]), count: 10)
        let blind = BlindEstimate(before + gap + after)
        #expect(blind.milliseconds == 600_000)
        // Half way between 100 and 200 a minute, and it may have been either of them throughout.
        #expect(abs(blind.missed.value - 1500) < 1e-9)
        #expect(blind.missed.figure.low < 1000)
        #expect(blind.missed.figure.high > 2000)
    }

    @Test func `only the time near a gap gives its rate`() {
        let far = Array(repeating: minute(0b11, [0b11: 9000]), count: 40)
        let near = Array(repeating: minute(0b11, [0b11: 10]), count: 30)
        let blind = BlindEstimate(far + near + [minute(0, [:])] + near + far)
        #expect(abs(blind.missed.value - 10) < 1e-9)
    }

    @Test func `a zone that is alone loses as much as in company`() {
        // In company it lacks 10 of 100 tweets of the other.
        let company = minute(0b11, [0b11: 90, 0b10: 10])
        let blind = BlindEstimate([company, minute(0b01, [0b01: 900]), company])
        #expect(abs(blind.missed.value - 100) < 1e-9)
        #expect(blind.missed.figure.low >= 75)
        #expect(blind.missed.figure.high <= 130)
    }

    @Test func `a zone that was never in company is judged by the rate around it`() {
        let company = Array(repeating: minute(0b11, [0b11: 100]), count: 40)
        let blind = BlindEstimate(company + [minute(0b100, [0b100: 30])] + company)
        #expect(abs(blind.missed.value - 70) < 1e-9)
    }

    @Test func `a zone that received nothing in company is no reason for infinity`() {
        let company = minute(0b11, [0b10: 100])
        let blind = BlindEstimate([company, minute(0b01, [0b01: 10])])
        #expect(blind.missed.figure.high.isFinite)
    }
}
