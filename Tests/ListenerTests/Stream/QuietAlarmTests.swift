import Testing

@testable import listener

struct QuietAlarmTests {
    private let start = ContinuousClock.now
    private let hour = Duration.seconds(3600)

    @Test func `an hour of keep-alives is one alarm, and another only after a line`() {
        var alarm = QuietAlarm(limit: hour)
        alarm.connected(at: start)
        var due: [Int] = []
        for second in stride(from: 0, to: 5 * 3600, by: 20) {
            if second == 3 * 3600 { alarm.lineCame(at: start + .seconds(second)) }
            if alarm.isDue(at: start + .seconds(second)) { due.append(second) }
        }
        #expect(due == [3600, 4 * 3600])
    }

    @Test func `a connection that ends every half hour does not hide the calm`() {
        var alarm = QuietAlarm(limit: hour)
        alarm.connected(at: start)
        alarm.connected(at: start + .seconds(1800))
        #expect(alarm.isDue(at: start + .seconds(3599)) == false)
        #expect(alarm.isDue(at: start + .seconds(3600)) == true)
    }

    @Test func `before the first connection nothing is quiet`() {
        var alarm = QuietAlarm(limit: hour)
        #expect(alarm.deadline == nil)
        #expect(alarm.isDue(at: start + .seconds(86_400)) == false)
    }
}
