import Testing

@testable import listener

struct ReconnectPolicyTests {
    private let policy = ReconnectPolicy()

    @Test(arguments: [(1, 250), (2, 500), (63, 15_750), (64, 16_000), (1_000, 16_000)])
    func `network failures wait 250 ms more each time, up to 16 s`(
        attempt: Int, milliseconds: Int
    ) {
        #expect(policy.delay(after: .transport, attempt: attempt) == .milliseconds(milliseconds))
    }

    @Test(arguments: [(1, 5), (2, 10), (3, 20), (6, 160), (7, 320), (8, 320), (1_000, 320)])
    func `HTTP errors wait 5 s, doubled up to 320 s`(attempt: Int, seconds: Int) {
        #expect(policy.delay(after: .http, attempt: attempt) == .seconds(seconds))
    }

    @Test(arguments: [(1, 60), (2, 120), (4, 480), (5, 960), (6, 960), (1_000, 960)])
    func `a rate limit waits 60 s, doubled up to 960 s`(attempt: Int, seconds: Int) {
        #expect(policy.delay(after: .rateLimited, attempt: attempt) == .seconds(seconds))
    }

    @Test func `what only a person can change is asked for at the HTTP ceiling`() {
        #expect(policy.delay(after: .standing, attempt: 1) == .seconds(320))
    }

    @Test func `a usage cap is asked for at the ceiling from the first time on`() {
        #expect(policy.delay(after: .usageCapped, attempt: 1) == .seconds(960))
    }

    @Test func `jitter spreads waits over a fifth to either side and no further`() {
        var generator = SeededGenerator(seed: 1)
        let waits = (0..<1_000).map { _ in
            policy.delay(after: .http, attempt: 2, using: &generator) / .seconds(1)
        }
        #expect(waits.allSatisfy { (8.0...12.0).contains($0) })
        #expect(waits.contains { $0 < 8.5 })
        #expect(waits.contains { $0 > 11.5 })
    }

    @Test func `a wait that the server asks for is never cut short by jitter`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<1_000 {
            let wait = policy.delay(
                after: .http, attempt: 1, serverWait: .seconds(100), using: &generator)
            #expect(wait >= .seconds(100) && wait <= .seconds(120))
        }
    }

    @Test(arguments: [(-5, 5), (0, 5), (3, 5), (100, 100), (959, 959), (1_000_000, 960)])
    func `a wait that the server asks for counts between our own and 960 s`(
        asked: Int, expected: Int
    ) {
        var generator = FixedGenerator()
        let wait = policy.delay(
            after: .http, attempt: 1, serverWait: .seconds(asked), using: &generator)
        #expect(wait == .seconds(expected))
    }
}
