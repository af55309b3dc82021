import Testing

@testable import listener

struct ConnectionConflictTests {
    @Test func `yields double from five minutes to six hours`() {
        var conflict = ConnectionConflict()
        var generator = FixedGenerator()
        let waits = (0..<10).map { _ in conflict.yieldWait(using: &generator) }
        #expect(
            waits.map { $0 / .seconds(60) } == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360])
    }

    @Test func `a minute or an hour of life does not make it forget that it yielded`() {
        for (age, wait) in [(60, 20), (3600, 20), (43_199, 20), (43_200, 5)] {
            var conflict = ConnectionConflict()
            var generator = FixedGenerator()
            for _ in 0..<2 { _ = conflict.yieldWait(using: &generator) }
            #expect(conflict.connectionEnded(age: .seconds(age), isAnnounced: true) == true)
            #expect(conflict.yieldWait(using: &generator) == .seconds(60 * wait))
        }
    }

    @Test func `ten young ends in a row are a rival's, and nine and an old one are not`() {
        var conflict = ConnectionConflict()
        for _ in 0..<9 {
            #expect(conflict.connectionEnded(age: .seconds(59), isAnnounced: false) == false)
        }
        #expect(conflict.connectionEnded(age: .seconds(60), isAnnounced: false) == false)
        for _ in 0..<9 {
            #expect(conflict.connectionEnded(age: .zero, isAnnounced: false) == false)
        }
        #expect(conflict.connectionEnded(age: .zero, isAnnounced: false) == true)
    }

    @Test func `a suspicion is forgotten after a minute of life, and an announced rival is not`() {
        for (isSuspected, wait) in [(true, 5), (false, 20)] {
            var conflict = ConnectionConflict()
            var generator = FixedGenerator()
            for _ in 0..<2 {
                _ = conflict.yieldWait(isSuspected: isSuspected, using: &generator)
            }
            #expect(conflict.connectionEnded(age: .seconds(60), isAnnounced: false) == false)
            #expect(conflict.yieldWait(using: &generator) == .seconds(60 * wait))
        }
    }

    @Test func `ends that have another explanation are not counted, nor do they start the count`() {
        var conflict = ConnectionConflict()
        for _ in 0..<100 {
            #expect(
                conflict.connectionEnded(age: .zero, isAnnounced: false, isUnexplained: false)
                    == false)
        }
        for _ in 0..<9 {
            #expect(conflict.connectionEnded(age: .zero, isAnnounced: false) == false)
        }
        #expect(
            conflict.connectionEnded(age: .zero, isAnnounced: false, isUnexplained: false) == false)
        #expect(conflict.connectionEnded(age: .zero, isAnnounced: false) == true)
    }
}
