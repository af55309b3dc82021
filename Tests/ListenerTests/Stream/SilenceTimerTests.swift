import Testing

@testable import listener

struct SilenceTimerTests {
    private let start = ContinuousClock.now

    @Test func `a byte that comes just before the limit begins it anew`() {
        var timer = SilenceTimer(limit: .seconds(30), at: start)
        #expect(timer.deadline == start + .seconds(30))
        timer.arrived(at: start + .milliseconds(29_900))
        #expect(timer.deadline == start + .milliseconds(59_900))
    }

    @Test func `time in which nobody looked is no silence`() {
        var timer = SilenceTimer(limit: .seconds(30), at: start)
        timer.leave(at: start + .seconds(10))
        timer.enter(at: start + .seconds(70))
        #expect(timer.deadline == start + .seconds(90))
    }
}
