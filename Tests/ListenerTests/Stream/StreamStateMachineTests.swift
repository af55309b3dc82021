import Testing

@testable import listener

struct StreamStateMachineTests {
    private let start = ContinuousClock.now
    private var generator = FixedGenerator()

    private func refusal(
        _ status: Int, body: String = "", serverWait: Duration? = nil, clockOffset: Duration? = nil
    ) -> StreamRefusal {
        StreamRefusal(
            status: status,
            reason: StreamRefusal.Reason(
                status: status, problem: StreamProblem(body: Array(body.utf8))),
            serverWait: serverWait, clockOffset: clockOffset, detail: nil)
    }

    /// The action after the last of `events`, all at `start`.
    private func action(
        after events: [StreamStateMachine.Event],
        in machine: StreamStateMachine = StreamStateMachine()
    ) -> StreamStateMachine.Action {
        var machine = machine
        var generator = generator
        var action = StreamStateMachine.Action.ignore
        for event in events { action = machine.handle(event, at: start, using: &generator) }
        return action
    }

    @Test func `the first attempt begins at once`() {
        #expect(action(after: [.started]) == .connect(after: .zero))
    }

    @Test(arguments: [(1, 250), (2, 500), (9, 2_250)])
    func `connections that do not come about wait 250 ms more each time`(
        failures: Int, milliseconds: Int
    ) {
        // Spread out, so that the budget is not what makes them wait.
        var machine = StreamStateMachine()
        var generator = generator
        var time = start
        var action = machine.handle(.started, at: time, using: &generator)
        for _ in 0..<failures {
            time += .seconds(60)
            action = machine.handle(.lost(lastByteAt: time), at: time, using: &generator)
        }
        #expect(action == .connect(after: .milliseconds(milliseconds)))
    }

    @Test func `a stream that is lost after a record is opened again at once, each time`() {
        let round: [StreamStateMachine.Event] = [.opened, .delivered, .lost(lastByteAt: start)]
        #expect(action(after: [.started] + round) == .connect(after: .zero))
        #expect(action(after: [.started] + round + round) == .connect(after: .zero))
    }

    @Test func `a new request connects at once, but never more often than the budget has it`() {
        var machine = StreamStateMachine()
        var generator = FixedGenerator()
        var time = start
        _ = machine.handle(.started, at: time, using: &generator)
        var delays: [Duration] = []
        for _ in 0..<20 {
            _ = machine.handle(.opened, at: time, using: &generator)
            guard
                case .connect(let delay, nil) = machine.handle(
                    .replaced(lastByteAt: time), at: time, using: &generator)
            else {
                Issue.record("a replaced request is followed by an attempt")
                return
            }
            delays.append(delay)
            time += delay
        }
        #expect(delays.first == .zero)
        #expect(delays.last == AttemptBudget.interval)
    }

    @Test func `a stream that is lost before any record is opened again at once only once`() {
        let round: [StreamStateMachine.Event] = [.opened, .lost(lastByteAt: start)]
        #expect(action(after: [.started] + round) == .connect(after: .zero))
        #expect(action(after: [.started] + round + round) == .connect(after: .milliseconds(250)))
        #expect(
            action(after: [.started] + round + round + round)
                == .connect(after: .milliseconds(500)))
    }

    @Test(arguments: [(59, 5 * 2), (60, 0)])
    func `status 200 does not reset the backoff but a minute of life does`(
        seconds: Int, expected: Int
    ) {
        var machine = StreamStateMachine()
        var generator = generator
        _ = machine.handle(.started, at: start, using: &generator)
        _ = machine.handle(.refused(refusal(503)), at: start, using: &generator)
        _ = machine.handle(.opened, at: start, using: &generator)
        let end = start + .seconds(seconds)
        let reopening = machine.handle(.lost(lastByteAt: end), at: end, using: &generator)
        #expect(reopening == .connect(after: .zero))
        let next = machine.handle(.refused(refusal(503)), at: end, using: &generator)
        #expect(next == .connect(after: .seconds(expected == 0 ? 5 : 10)))
    }

    @Test func `a connection that stayed silent for longer than a minute has not survived`() {
        var machine = StreamStateMachine()
        var generator = generator
        _ = machine.handle(.started, at: start, using: &generator)
        _ = machine.handle(.refused(refusal(503)), at: start, using: &generator)
        _ = machine.handle(.opened, at: start, using: &generator)
        let end = start + .seconds(90)
        _ = machine.handle(.lost(lastByteAt: start), at: end, using: &generator)
        let next = machine.handle(.refused(refusal(503)), at: end, using: &generator)
        #expect(next == .connect(after: .seconds(10)))
    }

    @Test(arguments: [false, true])
    func `a server that accepts and closes at once is asked less than 50 times in 15 minutes`(
        listsNobody: Bool
    ) {
        var machine = StreamStateMachine(canInquire: listsNobody)
        var generator = SeededGenerator(seed: 3)
        var time = start
        var attempts: [ContinuousClock.Instant] = []
        var action = machine.handle(.started, at: time, using: &generator)
        while attempts.count < 200, case .connect(let delay, _) = action {
            time += delay
            attempts.append(time)
            _ = machine.handle(.opened, at: time, using: &generator)
            _ = machine.handle(.delivered, at: time, using: &generator)
            action = machine.handle(.lost(lastByteAt: time), at: time, using: &generator)
            if case .inquire(let delay) = action {
                time += delay
                action = machine.handle(.listed(connections(0)), at: time, using: &generator)
            }
        }
        #expect(attempts.count == 200)
        for (index, first) in attempts.enumerated() {
            #expect(attempts[index...].prefix { $0 <= first + .seconds(900) }.count < 50)
        }
    }

    @Test(arguments: [400, 404, 406, 413, 416, 301, 302, 307])
    func `a request that never succeeded halts`(status: Int) {
        #expect(action(after: [.started, .refused(refusal(status))]) == .halt)
    }

    @Test(arguments: [400, 404, 406, 413, 416, 301, 302, 307])
    func `a request that worked before is made again every five minutes`(status: Int) {
        let refused = StreamStateMachine.Event.refused(refusal(status))
        let wait = StreamStateMachine.Action.connect(after: .seconds(320))
        let heard: [StreamStateMachine.Event] = [
            .started, .opened, .delivered, .lost(lastByteAt: start),
        ]
        #expect(action(after: heard + [refused]) == wait)
        #expect(action(after: heard + [refused, refused, refused]) == wait)
        #expect(action(after: heard + [refused, refused, .opened]) == .read)
        let machine = StreamStateMachine(past: StreamPast(wasHeard: true))
        #expect(action(after: [.started, refused], in: machine) == wait)
    }

    @Test func `after a halt nothing is done any more`() {
        let events: [StreamStateMachine.Event] = [.started, .refused(refusal(404))]
        #expect(action(after: events + [.lost(lastByteAt: start)]) == .ignore)
    }

    @Test(arguments: [(500, 5), (502, 5), (503, 5), (504, 5), (401, 320), (403, 320), (409, 30)])
    func `a status that may pass waits as its class says`(status: Int, seconds: Int) {
        #expect(
            action(after: [.started, .refused(refusal(status))])
                == .connect(after: .seconds(seconds)))
    }

    @Test(arguments: [
        ("{\"connection_issue\":\"TooManyConnections\"}", 60),
        ("{\"errors\":[{\"code\":88,\"message\":\"Rate limit exceeded\"}]}", 60),
        ("{\"type\":\"https://api.x.com/2/problems/usage-capped\"}", 960),
        ("", 60),
    ])
    func `429 is told apart by its body`(body: String, seconds: Int) {
        #expect(
            action(after: [.started, .refused(refusal(429, body: body))])
                == .connect(after: .seconds(seconds)))
    }

    @Test func `a stream without rules is asked for every half minute until it has some`() {
        let waits = [StreamStateMachine.Event](repeating: .refused(refusal(409)), count: 8)
        #expect(action(after: [.started] + waits) == .connect(after: .seconds(30)))
        #expect(action(after: [.started] + waits + [.opened]) == .read)
    }

    @Test func `420 counts as 429`() {
        let events: [StreamStateMachine.Event] = [
            .started, .refused(refusal(420)), .refused(refusal(429)),
        ]
        #expect(action(after: events) == .connect(after: .seconds(120)))
    }

    @Test func `a wait that the server asks for is kept`() {
        #expect(
            action(after: [.started, .refused(refusal(503, serverWait: .seconds(77)))])
                == .connect(after: .seconds(77)))
    }

    @Test func `a signed request refused for its time is repeated once with the server's`() {
        var machine = StreamStateMachine(isTimed: true)
        var generator = generator
        let refused = StreamStateMachine.Event.refused(refusal(401, clockOffset: .seconds(600)))
        _ = machine.handle(.started, at: start, using: &generator)
        #expect(machine.attempt(at: start).clockCorrection == .zero)
        #expect(
            machine.handle(refused, at: start, using: &generator)
                == .connect(after: .zero, change: .clockCorrected))
        #expect(machine.attempt(at: start).clockCorrection == .seconds(600))
        #expect(
            machine.handle(refused, at: start, using: &generator) == .connect(after: .seconds(320)))
    }

    @Test(arguments: [Duration.seconds(59), .seconds(-59), .zero])
    func `a clock that is nearly right is not why a request was refused`(offset: Duration) {
        let machine = StreamStateMachine(isTimed: true)
        #expect(
            action(
                after: [.started, .refused(refusal(401, clockOffset: offset))], in: machine)
                == .connect(after: .seconds(320)))
    }

    @Test func `a bearer token has no time, so a wrong clock does not explain 401`() {
        #expect(
            action(after: [.started, .refused(refusal(401, clockOffset: .seconds(600)))])
                == .connect(after: .seconds(320)))
    }

    @Test(arguments: [(1, 1), (50, 1), (51, 2), (170, 3), (10_000, 5)])
    func `back-fill asks for the gap and a margin in whole minutes, up to five`(
        gap: Int, minutes: Int
    ) {
        var machine = StreamStateMachine(allowsBackfill: true)
        var generator = generator
        _ = machine.handle(.started, at: start, using: &generator)
        #expect(machine.attempt(at: start).backfillMinutes == nil)
        _ = machine.handle(.opened, at: start, using: &generator)
        _ = machine.handle(.delivered, at: start, using: &generator)
        _ = machine.handle(.lost(lastByteAt: start), at: start, using: &generator)
        #expect(machine.attempt(at: start + .seconds(gap)).backfillMinutes == minutes)
    }

    @Test(arguments: [400, 403])
    func `an account that is refused back-fill is asked again at once without it`(status: Int) {
        var machine = StreamStateMachine(allowsBackfill: true)
        var generator = generator
        for event in [
            StreamStateMachine.Event.started, .opened, .delivered, .lost(lastByteAt: start),
        ] {
            _ = machine.handle(event, at: start, using: &generator)
        }
        #expect(machine.attempt(at: start).backfillMinutes == 1)
        #expect(
            machine.handle(.refused(refusal(status)), at: start, using: &generator)
                == .connect(after: .zero, change: .backfillDropped))
        #expect(machine.attempt(at: start).backfillMinutes == nil)
    }

    @Test func `a connection that brought nothing does not shorten the gap to fill`() {
        var machine = StreamStateMachine(allowsBackfill: true)
        var generator = generator
        let later = start + .seconds(100)
        for event in [
            StreamStateMachine.Event.started, .opened, .delivered, .lost(lastByteAt: start),
        ] {
            _ = machine.handle(event, at: start, using: &generator)
        }
        _ = machine.handle(.opened, at: later, using: &generator)
        _ = machine.handle(.lost(lastByteAt: later), at: later, using: &generator)
        #expect(machine.attempt(at: later).backfillMinutes == 2)
    }

    @Test(arguments: [(59, 3), (60, 1)], [true, false])
    func `a back-fill that was cut within a minute is asked for again from its beginning`(
        lasted: (seconds: Int, minutesThen: Int), isReplaced: Bool
    ) {
        var machine = StreamStateMachine(allowsBackfill: true)
        var generator = generator
        for event in [
            StreamStateMachine.Event.started, .opened, .delivered, .lost(lastByteAt: start),
        ] {
            _ = machine.handle(event, at: start, using: &generator)
        }
        let later = start + .seconds(100)
        #expect(machine.attempt(at: later).backfillMinutes == 2)
        _ = machine.handle(.opened, at: later, using: &generator)
        _ = machine.handle(.delivered, at: later, using: &generator)
        let end = later + .seconds(lasted.seconds)
        _ = machine.handle(
            isReplaced ? .replaced(lastByteAt: end) : .lost(lastByteAt: end), at: end,
            using: &generator)
        #expect(machine.attempt(at: end).backfillMinutes == lasted.minutesThen)
    }

    // MARK: What the server announces

    /// The action after a connection of an hour whose end was announced.
    private func action(after disconnect: StreamDisconnect) -> StreamStateMachine.Action {
        var machine = StreamStateMachine()
        var generator = generator
        _ = machine.handle(.started, at: start, using: &generator)
        _ = machine.handle(.opened, at: start, using: &generator)
        let end = start + .seconds(3600)
        #expect(
            machine.handle(.announced(disconnect), at: end, using: &generator)
                == .close(within: .seconds(5)))
        return machine.handle(.lost(lastByteAt: end), at: end, using: &generator)
    }

    @Test(arguments: [
        (1, 0), (5, 0), (9, 0), (10, 0), (11, 0), (12, 0), (77, 0), (4, 0), (2, 300), (7, 300),
        (6, 320),
    ])
    func `an announced end is followed by what its code asks for`(code: Int, seconds: Int) {
        #expect(
            action(after: StreamDisconnect(code: code, reason: nil))
                == .connect(after: .seconds(seconds)))
    }

    @Test(arguments: ["ForceDisconnect", "SlowReader", "NeverHeardOf"])
    func `an announced end of v2 is followed by an attempt at once`(type: String) {
        #expect(
            action(after: StreamDisconnect(type: type, detail: nil)) == .connect(after: .zero))
    }

    @Test func `of two announcements the first one counts, and none outlives its connection`() {
        var machine = StreamStateMachine()
        var generator = generator
        _ = machine.handle(.started, at: start, using: &generator)
        var end = start
        for (codes, seconds) in [([12, 7], 0), ([7, 12], 300), ([], 0)] {
            _ = machine.handle(.opened, at: end, using: &generator)
            end += .seconds(3600)
            for code in codes {
                let disconnect = StreamDisconnect(code: code, reason: nil)
                _ = machine.handle(.announced(disconnect), at: end, using: &generator)
            }
            #expect(
                machine.handle(.lost(lastByteAt: end), at: end, using: &generator)
                    == .connect(after: .seconds(seconds)))
        }
    }

    @Test func `an announcement on a connection that is not open is ignored`() {
        let disconnect = StreamDisconnect(code: 7, reason: nil)
        #expect(action(after: [.started, .announced(disconnect)]) == .ignore)
    }

    // MARK: Who is connected

    private func connections(_ count: Int) -> ConnectionListing {
        ConnectionListing(
            (0..<count).map { .init(clientIP: "192.0.2.\($0)", connectedAt: "") })
    }

    private var tooMany: StreamStateMachine.Event {
        .refused(refusal(429, body: "{\"connection_issue\":\"TooManyConnections\"}"))
    }

    private var evicted: [StreamStateMachine.Event] {
        [
            .started, .opened,
            .announced(StreamDisconnect(type: "TooManyConnections", detail: nil)),
            .lost(lastByteAt: start),
        ]
    }

    @Test func `who was evicted waits while another is listed, and goes when it is gone`() {
        var machine = StreamStateMachine(canInquire: true)
        var generator = generator
        var action = StreamStateMachine.Action.ignore
        for event in evicted { action = machine.handle(event, at: start, using: &generator) }
        #expect(action == .inquire(after: .zero))
        // Longer than the wait that it would have without a list, which is five minutes.
        for minute in 0..<300 {
            let time = start + .seconds(60 * minute)
            #expect(
                machine.handle(.listed(connections(1)), at: time, using: &generator)
                    == .inquire(after: .seconds(60)))
            #expect(machine.isHeldForLong == (minute > 0))
        }
        let later = start + .seconds(60 * 300)
        #expect(
            machine.handle(.listed(connections(0)), at: later, using: &generator)
                == .connect(after: .zero))
    }

    @Test func `who was evicted tries after six hours although another is listed`() {
        var machine = StreamStateMachine(canInquire: true)
        var generator = generator
        for event in evicted { _ = machine.handle(event, at: start, using: &generator) }
        let later = start + .seconds(6 * 3600)
        #expect(
            machine.handle(.listed(connections(1)), at: later, using: &generator)
                == .connect(after: .zero))
    }

    @Test func `who was refused asks a little later and goes at once where nobody is listed`() {
        var machine = StreamStateMachine(canInquire: true)
        var generator = generator
        _ = machine.handle(.started, at: start, using: &generator)
        #expect(
            machine.handle(tooMany, at: start, using: &generator) == .inquire(after: .seconds(5)))
        let later = start + .seconds(5)
        #expect(
            machine.handle(.listed(connections(0)), at: later, using: &generator)
                == .connect(after: .zero))
    }

    @Test func `who was refused tries after its wait although another is listed`() {
        var machine = StreamStateMachine(canInquire: true)
        var generator = generator
        for event in [StreamStateMachine.Event.started, tooMany] {
            _ = machine.handle(event, at: start, using: &generator)
        }
        #expect(
            machine.handle(.listed(connections(1)), at: start + .seconds(5), using: &generator)
                == .inquire(after: .seconds(60)))
        let later = start + .seconds(65)
        #expect(
            machine.handle(.listed(connections(1)), at: later, using: &generator)
                == .connect(after: .zero))
    }

    @Test func `an account with room for two goes when one of two is gone`() {
        var machine = StreamStateMachine(canInquire: true)
        var generator = generator
        for event in evicted + [.listed(connections(2))] {
            _ = machine.handle(event, at: start, using: &generator)
        }
        #expect(
            machine.handle(.listed(connections(1)), at: start, using: &generator)
                == .connect(after: .zero))
    }

    @Test func `a list that names nobody is not believed twice in a row`() {
        var machine = StreamStateMachine(canInquire: true)
        var generator = generator
        for event in [StreamStateMachine.Event.started, tooMany, .listed(connections(0))] {
            _ = machine.handle(event, at: start, using: &generator)
        }
        #expect(
            machine.handle(tooMany, at: start, using: &generator)
                == .connect(after: .seconds(120)))
    }

    @Test func `a gap that opened before the start is asked for`() {
        var machine = StreamStateMachine(
            allowsBackfill: true, past: StreamPast(lastHeard: start - .seconds(100)))
        #expect(machine.attempt(at: start).backfillMinutes == 2)
    }
}
