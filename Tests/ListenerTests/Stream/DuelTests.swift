import Testing

@testable import listener

/// Two machines on one credential, against a server that lets one connection in, in simulated time.
struct DuelTests {
    private enum Server {
        /// Cuts the oldest connection and says so, as v1.1 does.
        case evicts(isAnnounced: Bool)
        /// Lets nobody else in, as v2 does.
        case refuses
    }

    private struct Player {
        var machine: StreamStateMachine
        var dueAt: ContinuousClock.Instant?
        var isInquiring = false
        var openedAt: ContinuousClock.Instant?

        mutating func follow(
            _ action: StreamStateMachine.Action, at time: ContinuousClock.Instant
        ) {
            switch action {
            case .connect(let delay, _):
                (dueAt, isInquiring) = (time + delay, false)
            case .inquire(let delay):
                (dueAt, isInquiring) = (time + delay, true)
            case .read, .close, .halt, .ignore:
                break
            }
        }
    }

    private struct Game {
        var evictions: [Duration] = []
        var refusals: [Duration] = []
        var inquiries: [Duration] = []
        /// When the player who stays was connected for the last time.
        var lastOpening = Duration.zero

        func evictions(onDay day: Int) -> Int {
            evictions.count { $0 >= .seconds(86_400 * day) && $0 < .seconds(86_400 * (day + 1)) }
        }
    }

    /// - Parameters:
    ///   - answersInquiries: nil where the machines have nobody to ask.
    ///   - leavesAfter: when the first player goes for good.
    private func play(
        _ server: Server, days: Int, seed: UInt64, answersInquiries: Bool? = nil,
        leavesAfter: Duration? = nil
    ) -> Game {
        var generator = SeededGenerator(seed: seed)
        var game = Game()
        let start = ContinuousClock.now
        let end = start + .seconds(86_400 * days)
        var players = (0..<2).map { _ in
            Player(machine: StreamStateMachine(canInquire: answersInquiries != nil))
        }
        for index in players.indices {
            players[index].follow(
                players[index].machine.handle(.started, at: start, using: &generator), at: start)
        }
        var isGone = false
        while let turn = players.indices.filter({ players[$0].dueAt != nil }).min(by: {
            players[$0].dueAt ?? end < players[$1].dueAt ?? end
        }) {
            guard var time = players[turn].dueAt, time < end else { break }
            if let leavesAfter, !isGone, time >= start + leavesAfter {
                isGone = true
                time = start + leavesAfter
                players[0].dueAt = nil
                players[0].openedAt = nil
                continue
            }
            players[turn].dueAt = nil
            let other = 1 - turn
            if players[turn].isInquiring {
                game.inquiries.append(start.duration(to: time))
                let holder = ConnectionListing.Connection(clientIP: "192.0.2.1", connectedAt: "")
                let listing = ConnectionListing(players[other].openedAt == nil ? [] : [holder])
                let answer = answersInquiries == true ? listing : nil
                players[turn].follow(
                    players[turn].machine.handle(.listed(answer), at: time, using: &generator),
                    at: time)
                continue
            }
            if players[other].openedAt != nil {
                switch server {
                case .refuses:
                    game.refusals.append(start.duration(to: time))
                    let refusal = StreamRefusal(
                        status: 429, reason: .tooManyConnections, serverWait: nil,
                        clockOffset: nil, detail: nil)
                    players[turn].follow(
                        players[turn].machine.handle(
                            .refused(refusal), at: time, using: &generator), at: time)
                    continue
                case .evicts(let isAnnounced):
                    game.evictions.append(start.duration(to: time))
                    players[other].openedAt = nil
                    if isAnnounced {
                        let notice = StreamDisconnect(code: 7, reason: "admin logout")
                        _ = players[other].machine.handle(
                            .announced(notice), at: time, using: &generator)
                    }
                    players[other].follow(
                        players[other].machine.handle(
                            .lost(lastByteAt: time), at: time, using: &generator), at: time)
                }
            }
            _ = players[turn].machine.handle(.opened, at: time, using: &generator)
            _ = players[turn].machine.handle(.delivered, at: time, using: &generator)
            players[turn].openedAt = time
            game.lastOpening = start.duration(to: time)
        }
        return game
    }

    @Test(arguments: 1...20)
    func `two that are told of each other evict each other at most 16 times a day, then 5`(
        seed: UInt64
    ) {
        let game = play(.evicts(isAnnounced: true), days: 5, seed: seed)
        #expect((8...16).contains(game.evictions(onDay: 0)), "\(game.evictions.count)")
        for day in 1..<5 { #expect(game.evictions(onDay: day) <= 5) }
    }

    @Test(arguments: 1...20)
    func `two that are not told find out, and evict each other at most five times in 15 minutes`(
        seed: UInt64
    ) {
        let game = play(.evicts(isAnnounced: false), days: 5, seed: seed)
        for day in 0..<5 {
            #expect(
                (96...5 * 96).contains(game.evictions(onDay: day)), "\(game.evictions(onDay: day))")
        }
    }

    /// A server in trouble cuts everybody off and tells nobody why.
    @Test(arguments: 1...20)
    func `who only suspects a rival is back within 18 minutes of the end of the trouble`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        var machine = StreamStateMachine()
        let start = ContinuousClock.now
        let end = start + .seconds(3 * 3600)
        var time = start
        var action = machine.handle(.started, at: time, using: &generator)
        var longest = Duration.zero
        while time < end {
            guard case .connect(let delay, _) = action else { break }
            longest = max(longest, delay)
            time += delay
            _ = machine.handle(.opened, at: time, using: &generator)
            time += .seconds(2)
            action = machine.handle(.lost(lastByteAt: time), at: time, using: &generator)
        }
        #expect(time >= end)
        #expect((.seconds(600)...(.seconds(18 * 60))).contains(longest), "\(longest)")
    }

    @Test(arguments: 1...20)
    func `where the server says who is connected the duel ends sooner`(seed: UInt64) {
        let game = play(
            .evicts(isAnnounced: false), days: 5, seed: seed, answersInquiries: true)
        #expect((10...40).contains(game.evictions(onDay: 0)), "\(game.evictions(onDay: 0))")
        for day in 1..<5 {
            #expect(game.evictions(onDay: day) <= 16, "\(game.evictions(onDay: day))")
        }
    }

    @Test(arguments: 1...20)
    func `nobody is asked who is connected more often than once a minute`(seed: UInt64) {
        let game = play(.refuses, days: 1, seed: seed, answersInquiries: true)
        #expect(game.inquiries.count > 1000)
        for (one, next) in zip(game.inquiries, game.inquiries.dropFirst()) {
            #expect(next - one >= .seconds(60))
        }
        // Once a quarter of an hour it tries although somebody is listed.
        #expect((60...100).contains(game.refusals.count), "\(game.refusals.count)")
    }

    @Test(arguments: [true, false])
    func `the one that was refused goes when the other has gone`(answers: Bool) {
        let game = play(
            .refuses, days: 1, seed: 1, answersInquiries: answers,
            leavesAfter: .seconds(36_000))
        let wait = game.lastOpening - .seconds(36_000)
        #expect(wait >= .zero)
        #expect(wait <= (answers ? .seconds(61) : .seconds(960 * 1.2 + 60)), "\(wait)")
    }

    @Test func `an unanswered question leaves the waits as they are`() {
        let asked = play(.refuses, days: 1, seed: 1, answersInquiries: false)
        let unasked = play(.refuses, days: 1, seed: 1)
        #expect(unasked.inquiries.isEmpty && !asked.inquiries.isEmpty)
        #expect(abs(asked.refusals.count - unasked.refusals.count) <= 6)
    }
}
