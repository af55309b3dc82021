import Testing

@testable import listener

struct RoomPolicyTests {
    private let policy = RoomPolicy(capBytes: 8000, floorBytes: 800)

    @Test(arguments: [(7999, false), (8000, true), (9000, true)])
    func `a spool is full at its cap`(used: Int, isFull: Bool) {
        #expect(policy.isFull(used: used, free: 1_000_000, wasFull: false) == isFull)
    }

    @Test(arguments: [(801, false), (800, true), (0, true)])
    func `a disk is full at its floor`(free: Int, isFull: Bool) {
        #expect(policy.isFull(used: 0, free: free, wasFull: false) == isFull)
    }

    @Test(arguments: [(8000, true), (7999, true), (7001, true), (7000, false), (0, false)])
    func `a spool that was full is so until an eighth of the cap is free`(
        used: Int, isFull: Bool
    ) {
        #expect(policy.isFull(used: used, free: 1_000_000, wasFull: true) == isFull)
    }

    @Test(arguments: [(800, true), (801, true), (899, true), (900, false)])
    func `a disk that was full is so until an eighth of the floor is free above it`(
        free: Int, isFull: Bool
    ) {
        #expect(policy.isFull(used: 0, free: free, wasFull: true) == isFull)
    }

    @Test func `room in one of both is not enough`() {
        #expect(policy.isFull(used: 0, free: 850, wasFull: true))
        #expect(policy.isFull(used: 7500, free: 1_000_000, wasFull: true))
    }

    @Test(arguments: [true, false])
    func `without a floor, or where nobody knows what is free, the cap alone counts`(
        wasFull: Bool
    ) {
        let floorless = RoomPolicy(capBytes: 8000, floorBytes: 0)
        #expect(!floorless.isFull(used: 0, free: 0, wasFull: wasFull))
        #expect(!policy.isFull(used: 0, free: nil, wasFull: wasFull))
        #expect(policy.isFull(used: 8000, free: nil, wasFull: wasFull))
    }

    @Test func `bytes that come and go at the edge do not make it flap`() {
        var isFull = false
        var changes = 0
        for step in 0..<100 {
            let used = 7990 + (step % 2) * 20
            let next = policy.isFull(used: used, free: 1_000_000, wasFull: isFull)
            changes += next == isFull ? 0 : 1
            isFull = next
        }
        #expect(changes == 1)
    }
}
