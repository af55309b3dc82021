import Foundation
import Shared
import TestSupport
import Testing

@testable import listener

struct CurlStreamSourceTests {
    private func source(
        _ url: String, stallTimeout: Duration = .seconds(30), bearer: String? = nil,
        bufferBytes: Int = CurlStreamSource.bufferBytes
    ) throws -> CurlStreamSource {
        let endpoint = try StreamEndpoint.ndjson(url: url, bearer: bearer.map { Secret($0) })
        return CurlStreamSource(
            userAgent: "tributary-listener/1.2.3", stallTimeout: stallTimeout,
            machine: StreamStateMachine(), credentialSettings: endpoint.credential.settings,
            bufferBytes: bufferBytes,
            makeRequest: { endpoint.request(for: $0) })
    }

    @Test func `a chunked stream arrives byte for byte, wherever its chunks are cut`() throws {
        let server = try LoopbackServer([
            [
                .receiveRequest, .ok, .chunk("{\"id\":\"1\"}\r"), .chunk("\n\r\n{\"i"),
                .chunk("d\":\"2\",\"t\":\"\u{1F600}"), .chunk("\"}\r\n"), .lastChunk,
            ]
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isDisconnected })
        #expect(
            recorder.text == "{\"id\":\"1\"}\r\n\r\n{\"id\":\"2\",\"t\":\"\u{1F600}\"}\r\n")
        #expect(
            recorder.steps == [
                .connected("live"), .disconnected("the server closed the stream"),
            ])
        source.close()
    }

    @Test func `the request names the listener and carries the token, but no gzip`() throws {
        let server = try LoopbackServer([[.receiveRequest, .ok, .lastChunk]])
        let source = try source(server.url, bearer: "AAAA-token")
        #expect(StreamRecorder(source).run { $0.isDisconnected })
        let request = try #require(server.requests.first)
        let lines = request.components(separatedBy: "\r\n")
        #expect(lines.first == "GET /stream HTTP/1.1")
        #expect(lines.contains("User-Agent: tributary-listener/1.2.3"))
        #expect(lines.contains("Authorization: Bearer AAAA-token"))
        #expect(!request.lowercased().contains("accept-encoding"))
        source.close()
    }

    @Test func `a connection cut in mid-chunk hands out what came before it says so`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .ok, .chunk("{\"id\":\"1\"}\r\n"), .send("20\r\n{\"id\":")],
            [.receiveRequest, .ok, .chunk("{\"id\":\"2\"}\r\n"), .hold],
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":\"2\"}\r\n") })
        #expect(recorder.text == "{\"id\":\"1\"}\r\n{\"id\":{\"id\":\"2\"}\r\n")
        // The first loss after a record is followed by an attempt at once, and of little interest.
        #expect(recorder.steps.count == 4)
        #expect(recorder.steps.map(\.isDisconnected) == [false, true, false, false])
        #expect(
            recorder.steps[2]
                == .remark("stream \(server.url): connection lost: next attempt in 0.0 s"))
        #expect(server.requests.count == 2)
        source.close()
    }

    @Test func `a new request takes the place of an open connection at once`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .ok, .chunk("{\"id\":\"1\"}\n"), .hold],
            [.receiveRequest, .ok, .chunk("{\"id\":\"2\"}\n"), .hold],
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":\"1\"}\n") })
        let start = ContinuousClock.now
        source.replace(
            with: try .ndjson(url: server.url + "?follow=5"), cause: "the follow list changed")
        #expect(recorder.run { $0 == .bytes("{\"id\":\"2\"}\n") })
        #expect(start.duration(to: .now) < ReconnectPolicy.httpFloor)
        #expect(
            recorder.steps == [
                .connected("live"), .disconnected("the follow list changed"), .replaced,
                .connected("live"),
            ])
        #expect(server.requests.map { $0.hasPrefix("GET /stream?follow=5 ") } == [false, true])
        source.close()
    }

    @Test func `a new request before the first attempt is the one that is made`() throws {
        let server = try LoopbackServer([[.receiveRequest, .ok, .lastChunk]])
        let source = try source("http://127.0.0.1:\(LoopbackServer.closedPort())/")
        source.replace(with: try .ndjson(url: server.url), cause: "the follow list changed")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.steps.prefix(2) == [.replaced, .connected("live")])
        source.close()
    }

    @Test func `a stream that stays silent is given up after the stall timeout`() throws {
        // Head and keep-alive come at once, so that no pause of this machine is taken for silence.
        let server = try LoopbackServer([[.receiveRequest, .okWithKeepAlive, .hold]])
        let source = try source(server.url, stallTimeout: .milliseconds(200))
        source.answerTimeout = StreamRecorder.patience
        let recorder = StreamRecorder(source)
        let start = ContinuousClock.now
        #expect(recorder.run { $0.isDisconnected })
        #expect(start.duration(to: .now) >= .milliseconds(200))
        #expect(recorder.seen.last == .disconnected("stalled: no byte for 0.2 s"))
        #expect(recorder.text == "\r\n")
        source.close()
    }

    @Test func `a server that never answers is given up, and nothing was connected`() throws {
        let server = try LoopbackServer([[.receiveRequest, .hold]])
        let source = try source(server.url, stallTimeout: .milliseconds(200))
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isWarning })
        #expect(recorder.seen.count == 1)
        #expect(recorder.seen[0].message.contains(": stalled: no byte for 0.2 s: next attempt in"))
        source.close()
    }

    @Test func `data that comes faster than it is taken pauses the transfer and loses nothing`()
        throws
    {
        let lines = (0..<100_000).map { "{\"id\":\"\($0)\",\"text\":\"0123456789\"}\r\n" }
        let chunks = stride(from: 0, to: lines.count, by: 1_000).map {
            LoopbackServer.Step.chunk(lines[$0..<$0 + 1_000].joined())
        }
        let server = try LoopbackServer([[.receiveRequest, .ok] + chunks + [.lastChunk]])
        let capacity = 64 << 10
        let source = try source(server.url, bufferBytes: capacity)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.text == lines.joined())
        // libcurl offers at most 16 KiB at once: a buffer fuller than this had to refuse some.
        #expect(recorder.pieces.contains { $0 > capacity - 16 << 10 })
        #expect(recorder.pieces.allSatisfy { $0 <= capacity })
        #expect(source.timesFull > 0)
        source.close()
    }

    @Test func `a refusal says why and when it is tried again, and hands out no bytes`() throws {
        let body = """
            {"title":"ConnectionException","detail":"This stream is at the maximum allowed \
            connection limit.","connection_issue":"TooManyConnections","type":\
            "https://api.twitter.com/2/problems/streaming-connection"}
            """
        let server = try LoopbackServer([[.receiveRequest, .refusal(429, body: body), .hold]])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isWarning })
        let message = try #require(recorder.seen.first?.message)
        #expect(
            message.hasPrefix(
                "stream \(server.url): refused with HTTP 429 (ConnectionException: This stream is "
                    + "at the maximum allowed connection limit.): another listener uses"))
        #expect(message.contains("next attempt in "))
        #expect(recorder.text.isEmpty)
        source.close()
    }

    @Test func `a server error asks for the wait that it names`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .refusal(503, headers: ["Retry-After: 100"], body: "busy"), .hold]
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isWarning })
        let wait = try #require(
            recorder.seen.first?.message.components(separatedBy: "next attempt in ").last)
        let seconds = try #require(Double(wait.dropLast(2)))
        #expect((100...120).contains(seconds))
        source.close()
    }

    @Test func `a refusal whose body never ends is acted on all the same`() throws {
        let flood = LoopbackServer.Step.chunk(String(repeating: "x", count: 32 << 10))
        let server = try LoopbackServer([
            [
                .receiveRequest,
                .send("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"),
                flood, flood, flood, .hold,
            ]
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        let start = ContinuousClock.now
        #expect(recorder.run { $0.isFailed })
        #expect(start.duration(to: .now) < StreamExchange.refusalTimeout)
        #expect(
            recorder.seen == [
                .failed(
                    "stream \(server.url): refused with HTTP 400: check the parameters in "
                        + "LISTENER_STREAM_URL")
            ])
        source.close()
    }

    @Test func `a redirect is an error that names the setting`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .refusal(302, headers: ["Location: https://example.com/"])]
        ])
        let source = try source(server.url, bearer: "AAAA-token")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isFailed })
        #expect(recorder.seen[0].message.contains("set LISTENER_STREAM_URL to the new address"))
        #expect(server.requests.count == 1)
        source.close()
    }

    @Test func `a token that the server repeats is not shown`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .refusal(403, body: "{\"title\":\"no AAAA-token\"}"), .hold]
        ])
        let source = try source(server.url, bearer: "AAAA-token")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isWarning })
        #expect(recorder.seen[0].message.contains("(no <redacted>)"))
        source.close()
    }

    @Test func `a slow drip of single bytes is life`() throws {
        let gates = (0..<3).map { _ in Gate() }
        let drips = gates.flatMap { [LoopbackServer.Step.wait($0), .chunk("\n")] }
        let server = try LoopbackServer([[.receiveRequest, .ok] + drips + [.hold]])
        let source = try source(server.url, stallTimeout: .seconds(4))
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .connected("live") })
        let start = ContinuousClock.now
        for gate in gates {
            let pause = ContinuousClock.now + .milliseconds(1500)
            guard case .idle = source.next(until: pause) else {
                Issue.record("expected silence")
                return
            }
            gate.open()
            #expect(recorder.run { $0 == .bytes("\n") })
        }
        #expect(start.duration(to: .now) > .seconds(4))
        #expect(recorder.steps == [.connected("live")])
        source.close()
    }

    @Test func `a reset by the server is a loss like any other`() throws {
        let gate = Gate()
        let server = try LoopbackServer([
            [.receiveRequest, .ok, .chunk("{\"id\":\"1\"}\r\n"), .wait(gate), .reset]
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":\"1\"}\r\n") })
        gate.open()
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.seen.last?.message.contains("reset") == true)
        source.close()
    }

    /// The answer is a gzip member that is not over yet: a header (RFC 1952), then a block that is
    /// stored as it is (RFC 1951 §3.2.4).
    @Test func `v1 is signed, posts its form, and is inflated as it comes`() throws {
        let line = Array("{\"id\":1}\r\n".utf8)
        let length = UInt8(line.count)
        let member =
            [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + [0, length, 0, ~length, 0xff] + line
        let server = try LoopbackServer([
            [
                .receiveRequest,
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"), .send(member), .hold,
            ]
        ])
        let source = CurlStreamSource(try v1(server.url), userAgent: "tributary-listener/1.2.3")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":1}\r\n") })
        let request = try #require(server.requests.first)
        let lines = request.components(separatedBy: "\r\n")
        #expect(lines.first == "POST /stream HTTP/1.1")
        #expect(lines.contains("Accept-Encoding: gzip"))
        #expect(lines.contains("Content-Type: application/x-www-form-urlencoded"))
        #expect(lines.contains { $0.hasPrefix("Authorization: OAuth oauth_consumer_key=") })
        #expect(lines.last == "follow=1%2C2&stall_warnings=true")
        #expect(!request.contains("Expect:"))
        source.close()
    }

    @Test func `401 with a clock that is off is repeated at once with the server's time`() throws {
        let skewed = ["Date: Sun, 06 Nov 1994 08:49:37 GMT"]
        let server = try LoopbackServer([
            [.receiveRequest, .refusal(401, headers: skewed)],
            [.receiveRequest, .ok, .hold],
        ])
        let source = CurlStreamSource(try v1(server.url), userAgent: "tributary-listener/1.2.3")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .connected("live") })
        #expect(recorder.seen[0].isWarning)
        #expect(recorder.seen[0].message.hasSuffix("trying again with the server's time"))
        // 784111777 is the server's time; the test may take some seconds.
        #expect(server.requests[1].contains("oauth_timestamp=\"7841117"))
        source.close()
    }

    private func gzip(_ text: String) throws -> [UInt8] {
        let script =
            "import gzip, sys; sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read()))"
        return try Shell.python(script, input: Array(text.utf8))
    }

    private let gzipHead = LoopbackServer.Step.send(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")

    @Test func `a member for each post is inflated as it comes, and a torn one as far as it goes`()
        throws
    {
        let gates = [Gate(), Gate()]
        let members = try ["{\"id\":1}\r\n", "{\"id\":2}\r\n"].map(gzip)
        let server = try LoopbackServer([
            [
                .receiveRequest, gzipHead, .send(members[0]), .wait(gates[0]), .send(members[1]),
                .wait(gates[1]), .send(Array(members[0].dropLast(3))),
            ]
        ])
        let source = CurlStreamSource(try v1(server.url), userAgent: "tributary-listener/1.2.3")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":1}\r\n") })
        gates[0].open()
        #expect(recorder.run { $0 == .bytes("{\"id\":2}\r\n") })
        gates[1].open()
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.text == "{\"id\":1}\r\n{\"id\":2}\r\n{\"id\":1}\r\n")
        #expect(
            recorder.seen.last
                == .disconnected("the server closed the stream in the middle of a gzip member"))
        source.close()
    }

    @Test func `gzip that comes faster than it is taken pauses the transfer and loses nothing`()
        throws
    {
        let text = (0..<100_000).map { "{\"id\":\"\($0)\",\"text\":\"\($0 &* 7919)\"}\r\n" }
            .joined()
        let member = try gzip(text)
        let server = try LoopbackServer([[.receiveRequest, gzipHead, .send(member)]])
        let endpoint = try v1(server.url)
        let source = CurlStreamSource(
            userAgent: "listener", stallTimeout: .seconds(30), machine: StreamStateMachine(),
            credentialSettings: "", bufferBytes: 64 << 10,
            makeRequest: { endpoint.request(for: $0) })
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.text == text)
        #expect(recorder.seen.last == .disconnected("the server closed the stream"))
        #expect(source.timesFull > text.utf8.count / (64 << 10) / 2)
        source.close()
    }

    @Test(arguments: [("gzip", "gzip: incorrect header check"), ("br", "the server sends br")])
    func `a body that cannot be decoded is a loss that says why`(
        encoding: String, cause: String
    ) throws {
        let server = try LoopbackServer([
            [
                .receiveRequest,
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: \(encoding)\r\n\r\n{\"id\":1}\r\n"),
                .hold,
            ]
        ])
        let source = CurlStreamSource(try v1(server.url), userAgent: "listener")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.seen.last?.message.hasPrefix(cause) == true, "\(recorder.seen)")
        #expect(recorder.text.isEmpty)
        source.close()
    }

    private func v1(_ url: String) throws -> StreamEndpoint {
        try .legacy(
            url: url,
            credential: OAuth1Credential(
                consumerKey: "key", consumerSecret: Secret("a"), accessToken: "token",
                accessTokenSecret: Secret("b")),
            follow: [1, 2])
    }

    @Test func `a refused connection is tried again`() throws {
        let source = try source("http://127.0.0.1:\(LoopbackServer.closedPort())/stream")
        let recorder = StreamRecorder(source)
        var warnings = 0
        recorder.run { event in
            warnings += event.isWarning ? 1 : 0
            return warnings == 2
        }
        #expect(recorder.seen.count == 2)
        #expect(recorder.seen.allSatisfy { $0.message.contains("next attempt in 0.") })
        source.close()
    }

    @Test func `credentials are not sent over plain HTTP beyond loopback`() throws {
        let source = try source("http://192.0.2.1/stream", bearer: "AAAA-token")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isFailed })
        #expect(
            recorder.seen == [
                .failed(
                    "stream: credentials are not sent to http://192.0.2.1 over plain HTTP: use "
                        + "https://, which is required except for loopback addresses")
            ])
        source.close()
    }

    @Test func `the waker ends a wait on an idle stream`() throws {
        let server = try LoopbackServer([[.receiveRequest, .ok, .hold]])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .connected("live") })
        let waker = source.waker
        Thread { waker.wake() }.start()
        #expect(recorder.run { $0 == .woken })
        source.close()
    }

    @Test func `a deadline that has passed is reported as idle`() throws {
        let server = try LoopbackServer([[.receiveRequest, .hold]])
        let source = try source(server.url)
        guard case .idle = source.next(until: .now) else {
            Issue.record("expected idle")
            return
        }
        source.close()
    }

    @Test func `waking while a source closes is harmless`() throws {
        for _ in 0..<50 {
            let source = try source("http://127.0.0.1:9/")
            let waker = source.waker
            let thread = Thread { for _ in 0..<1_000 { waker.wake() } }
            thread.start()
            _ = source.next(until: .now)
            source.close()
            waker.wake()
        }
    }

    @Test func `a closed source has taken its wake-up away`() throws {
        let source = try source("http://127.0.0.1:9/")
        source.close()
        // A waker refuses a second wake-up while the first is in place.
        source.waker.install {}
    }
}
