import Shared
import Testing

@testable import listener

struct StreamResponseHeadTests {
    private func head(_ lines: String...) -> StreamResponseHead {
        var head = StreamResponseHead()
        for line in lines { head.append(line: line + "\r\n") }
        return head
    }

    /// 1994-11-06T08:49:37Z, the example of RFC 9110.
    private let date = Timestamp(milliseconds: 784_111_777_000)

    @Test func `the status is that of the last status line`() {
        #expect(head("HTTP/1.1 100 Continue", "HTTP/1.1 429 Too Many Requests").status == 429)
        #expect(head("HTTP/2 200").status == 200)
    }

    @Test func `a status line begins anew`() {
        let head = head("HTTP/1.1 103 Early", "Retry-After: 5", "HTTP/1.1 503 Busy")
        #expect(head.retryAfter == nil)
    }

    @Test func `the clock offset is that to the middle of the second that Date names`() {
        let head = head("HTTP/1.1 200 OK", "date: Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(head.date == date)
        #expect(head.clockOffset(at: date) == .milliseconds(500))
        #expect(head.clockOffset(at: date.advanced(by: .seconds(90))) == .milliseconds(-89_500))
    }

    @Test func `Retry-After is read as seconds or as a date, by the server's clock`() {
        let seconds = head("HTTP/1.1 503 Busy", "Retry-After: 120")
        #expect(seconds.serverWait(at: date, forRateLimit: false) == .seconds(120))
        let dated = head(
            "HTTP/1.1 503 Busy", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
            "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT")
        let ours = date.advanced(by: .seconds(3_600))
        #expect(dated.serverWait(at: ours, forRateLimit: false) == .seconds(30))
    }

    @Test func `the end of a rate limit's window counts for rate limits alone`() {
        let head = head(
            "HTTP/1.1 429 Too Many Requests", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
            "x-rate-limit-reset: 784112077")
        #expect(head.serverWait(at: date, forRateLimit: true) == .seconds(300))
        #expect(head.serverWait(at: date, forRateLimit: false) == nil)
    }

    @Test(arguments: ["soon", "-5", "99999999999999999999", "1.5", ""])
    func `a reset that is not a time is as good as none`(value: String) {
        let head = head("HTTP/1.1 429 Too Many Requests", "x-rate-limit-reset: \(value)")
        #expect(head.serverWait(at: date, forRateLimit: true) == nil)
    }

    @Test(arguments: [
        "Sun, 06 Nov 2000000000 08:49:37 GMT", "Sun, 06 Nov 1904 08:49:37 GMT", "yesterday", "",
    ])
    func `a date far from our time, or none, gives no offset`(value: String) {
        let head = head("HTTP/1.1 200 OK", "Date: \(value)", "Retry-After: \(value)")
        #expect(head.date == nil)
        #expect(head.retryAfter == nil)
    }
}
