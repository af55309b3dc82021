import Testing

@testable import listener

struct NoticeRemarksTests {
    private let start = ContinuousClock.now

    @Test func `counters that go up and down are said as the server says them, now and then`() {
        var remarks = NoticeRemarks()
        // Three counters of the server take turns.
        let counts = [100, 7, 5000, 101, 8, 5001]
        var said: [String] = []
        for second in 0..<900 {
            let notice = StreamNotice.limit(undelivered: counts[second % counts.count])
            if let text = remarks.remark(on: notice, at: start + .seconds(second)) {
                said.append(text)
            }
        }
        #expect(said.count == 3)
        #expect(said.allSatisfy { $0.hasPrefix("100 posts that matched were not delivered") })
    }

    @Test func `one subject does not silence another`() {
        var remarks = NoticeRemarks()
        #expect(remarks.remark(on: .limit(undelivered: 1), at: start) != nil)
        #expect(
            remarks.remark(on: .fallingBehind(percentFull: 61), at: start)
                == "we read too slowly: the server's queue for us is 61 % full")
        #expect(remarks.remark(on: .other("a: b"), at: start) == "the server says: a: b")
        #expect(remarks.remark(on: .other("a: b"), at: start) == nil)
        let disconnect = StreamDisconnect(type: "ForceDisconnect", detail: nil)
        #expect(remarks.remark(on: .disconnect(disconnect), at: start) == nil)
    }
}
