import Testing

@testable import listener

/// How soon the stream is back where a server ends every connection, in simulated time.
struct StreamCoverageTests {
    private static let window = Duration.seconds(900)

    private struct Outcome {
        var waits: [Duration] = []
        var attempts = 0
        var connected = Duration.zero
    }

    /// A quarter of an hour of a server that delivers and ends each connection after `life`.
    private func run(
        _ machine: StreamStateMachine, life: Duration, isOrderly: Bool = true
    ) -> Outcome {
        var machine = machine
        var generator = FixedGenerator()
        var outcome = Outcome()
        let start = ContinuousClock.now
        var time = start
        var action = machine.handle(.started, at: time, using: &generator)
        while case .connect(let delay, _) = action, time + delay < start + Self.window {
            outcome.waits.append(delay)
            time += delay
            outcome.attempts += 1
            _ = machine.handle(.opened, at: time, using: &generator)
            _ = machine.handle(.delivered, at: time, using: &generator)
            time += life
            outcome.connected += life
            action = machine.handle(
                .lost(lastByteAt: time, isOrderly: isOrderly), at: time, using: &generator)
        }
        return outcome
    }

    @Test(arguments: [1, 3, 10, 20])
    func `who has no rivals connects again as soon as the attempts allow, however often it is cut`(
        seconds: Int
    ) {
        let outcome = run(StreamStateMachine(mayHaveRivals: false), life: .seconds(seconds))
        #expect(outcome.waits.max() ?? .zero <= AttemptBudget.interval)
        #expect(outcome.waits.prefix(AttemptBudget.burst).allSatisfy { $0 == .zero })
        #expect(outcome.attempts < 50)
        let share = min(1, .seconds(seconds) / AttemptBudget.interval)
        #expect(outcome.connected >= Self.window * share * 0.95, "\(outcome.connected)")
    }

    @Test(arguments: [23, 30, 59])
    func `who is cut less often than attempts are free is always back at once`(seconds: Int) {
        let outcome = run(StreamStateMachine(mayHaveRivals: false), life: .seconds(seconds))
        #expect(outcome.waits.allSatisfy { $0 == .zero })
    }

    @Test func `connections that break are no sign of a rival, and those that are closed are`() {
        let broken = run(StreamStateMachine(), life: .seconds(3), isOrderly: false)
        #expect(broken.waits.max() ?? .zero <= AttemptBudget.interval)
        let closed = run(StreamStateMachine(), life: .seconds(3))
        #expect(closed.waits.max() ?? .zero >= .seconds(200))
    }

    /// A unit that restarts at once and ends right after it connected.
    @Test func `restarts leave attempts under 50 in 15 minutes`() {
        var generator = FixedGenerator()
        let start = ContinuousClock.now
        var time = start
        var attempts: [ContinuousClock.Instant] = []
        var past = StreamPast()
        while attempts.count < 100 {
            var machine = StreamStateMachine(past: past)
            guard
                case .connect(let delay, _) = machine.handle(.started, at: time, using: &generator)
            else {
                Issue.record("a start is followed by an attempt")
                return
            }
            time += delay
            attempts.append(time)
            past.attemptsFreeAt = machine.attemptsFreeAt
            time += .seconds(2)
        }
        for (index, first) in attempts.enumerated() {
            #expect(attempts[index...].prefix { $0 <= first + .seconds(900) }.count < 50)
        }
    }
}
