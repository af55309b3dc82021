import Testing

@testable import listener

/// Bodies as X documents them under "Response codes and errors" and "Handling disconnections".
struct StreamProblemTests {
    private func problem(_ body: String) -> StreamProblem {
        StreamProblem(body: Array(body.utf8))
    }

    @Test func `too many connections is known by its connection issue`() {
        let problem = problem(
            """
            {"title":"ConnectionException","detail":"This stream is at the maximum allowed \
            connection limit.","connection_issue":"TooManyConnections",\
            "type":"https://api.twitter.com/2/problems/streaming-connection"}
            """)
        #expect(problem.limit == .connections)
        #expect(
            problem.summary
                == "ConnectionException: This stream is at the maximum allowed connection limit.")
    }

    @Test func `a rate limit is known by code 88 or by its type`() {
        let old = problem("{\"errors\":[{\"message\":\"Rate limit exceeded\",\"code\":88}]}")
        #expect(old.limit == .requests)
        #expect(old.summary == "Rate limit exceeded")
        let new = problem("{\"type\":\"https://api.x.com/2/problems/rate-limit-exceeded\"}")
        #expect(new.limit == .requests)
        #expect(new.summary == nil)
    }

    @Test(arguments: ["api.twitter.com", "api.x.com"])
    func `a usage cap is known by the end of its type, whatever the host`(host: String) {
        let problem = problem(
            """
            {"title":"UsageCapExceeded","period":"Monthly","scope":"Product",\
            "type":"https://\(host)/2/problems/usage-capped"}
            """)
        #expect(problem.limit == .usage)
    }

    @Test func `the plain text of v1 is understood`() {
        #expect(problem("Exceeded connection limit for user\n").limit == .connections)
        let calm = problem("Easy there, Turbo. Too many requests recently. Enhance your calm.\n")
        #expect(calm.limit == .requests)
    }

    @Test(arguments: [
        "", "<html></html>", "{", "[]", "null", "{\"errors\":7,\"type\":[]}", "\u{0}\u{ff}",
        "{\"connection_issue\":\"SomethingNew\"}",
    ])
    func `any other body is no reason and no failure`(body: String) {
        #expect(problem(body).limit == nil)
    }

    @Test func `a summary is one printable line of bounded length`() {
        let long = String(repeating: "x", count: 1_000)
        let summary = problem("{\"title\":\"a\\nb\\u001b[31m\",\"detail\":\"\(long)\"}").summary
        #expect(summary?.hasPrefix("a b [31m: xxx") == true)
        #expect(summary?.count == 200)
    }
}
