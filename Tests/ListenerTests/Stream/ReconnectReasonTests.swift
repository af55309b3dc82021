import Shared
import Testing

@testable import listener

struct ReconnectReasonTests {
    typealias Step = LoopbackServer.Step

    /// The reason of the first reconnection to a server that does this.
    private func reason(_ script: [Step], stallTimeout: Duration = .seconds(30)) throws
        -> ReconnectReason?
    {
        try reason(
            at: LoopbackServer([script]).url, stallTimeout: stallTimeout,
            isAnswering: script.count > 2)
    }

    /// - Parameter isAnswering: the head of an answer comes, however late.
    private func reason(
        at url: String, stallTimeout: Duration, isAnswering: Bool = false
    ) throws -> ReconnectReason? {
        var endpoint = try StreamEndpoint.ndjson(url: url, bearer: nil)
        endpoint.stallTimeout = stallTimeout
        let source = CurlStreamSource(endpoint, userAgent: "tests/1")
        if isAnswering { source.answerTimeout = StreamRecorder.patience }
        defer { source.close() }
        let deadline = ContinuousClock.now + StreamRecorder.patience
        while ContinuousClock.now < deadline {
            if case .remark(let remark) = source.next(until: deadline) { return remark.reconnect }
        }
        return nil
    }

    @Test func `the end of the stream, its break and its silence are told apart`() throws {
        #expect(try reason([.receiveRequest, .ok, .chunk("{}\r\n"), .lastChunk]) == .closed)
        #expect(
            try reason([.receiveRequest, .ok, .chunk("{}\r\n"), .send(Array("20\r\n{".utf8))])
                == .broken)
        #expect(
            try reason(
                [.receiveRequest, .ok, .chunk("{}\r\n"), .hold], stallTimeout: .milliseconds(200))
                == .stalled)
    }

    @Test func `a server that is not there, or does not answer, is unreachable`() throws {
        let port = try LoopbackServer.closedPort()
        #expect(
            try reason(at: "http://127.0.0.1:\(port)/", stallTimeout: .seconds(5)) == .unreachable)
        #expect(
            try reason([.receiveRequest, .hold], stallTimeout: .milliseconds(200)) == .unreachable)
    }

    @Test(arguments: [
        (401, "", ReconnectReason.unauthorized), (403, "", .forbidden), (409, "", .noRules),
        (429, "", .rateLimited), (420, "Exceeded connection limit", .tooManyConnections),
        (503, "", .unavailable),
    ])
    func `a refusal has the reason of its status`(
        status: Int, body: String, expected: ReconnectReason
    ) throws {
        let head = "HTTP/1.1 \(status) No\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        #expect(try reason([.receiveRequest, .send(Array((head + body).utf8))]) == expected)
    }
}
