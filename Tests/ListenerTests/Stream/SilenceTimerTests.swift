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

    /// Clients with 20 s, which is what X's documents say, lost connections to this (tweepy 4.12.1).
    @Test func `keep-alives that come after 20,4 s each are no stall`() {
        var timer = SilenceTimer(limit: StreamEndpoint.stallTimeoutV2, at: start)
        for count in 1...1000 {
            let time = start + .milliseconds(20_400 * count)
            #expect(time < timer.deadline)
            timer.arrived(at: time)
        }
    }

    @Test func `time in which nobody looked is no silence`() {
        var timer = SilenceTimer(limit: .seconds(30), at: start)
        timer.leave(at: start + .seconds(10))
        timer.enter(at: start + .seconds(70))
        #expect(timer.deadline == start + .seconds(90))
    }
}
