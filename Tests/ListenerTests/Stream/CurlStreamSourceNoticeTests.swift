import Foundation
import Shared
import Testing

@testable import listener

/// What a source does about what the server says in the stream and about other clients.
struct CurlStreamSourceNoticeTests {
    private let shape = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    private func source(_ url: String) throws -> CurlStreamSource {
        CurlStreamSource(
            try .filtered(url: url, bearer: Secret("AAAA-token")), userAgent: "listener")
    }

    private func json(_ body: String) -> LoopbackServer.Step {
        .send(shape + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    }

    private let tooMany = LoopbackServer.Step.refusal(
        429, body: #"{"connection_issue":"TooManyConnections"}"#)

    @Test func `a stream that its server announced to end is left although it stays open`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .ok, .chunk("{\"id\":\"1\"}\r\n"), .hold],
            [.receiveRequest, .ok, .hold],
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":\"1\"}\r\n") })
        let start = ContinuousClock.now
        source.take(
            .disconnect(StreamDisconnect(type: "ForceDisconnect", detail: "It ends.")))
        #expect(recorder.run { $0.isDisconnected })
        #expect(start.duration(to: .now) >= StreamStateMachine.closingTime)
        #expect(
            recorder.seen.last
                == .disconnected(
                    "closed by us, since the server said that it ends the stream and did not: "
                        + "ForceDisconnect (It ends.)"))
        #expect(recorder.run { $0 == .connected("live") })
        source.close()
    }

    @Test func `what comes after an announcement is handed out, and the cause names it`() throws {
        let gate = Gate()
        let server = try LoopbackServer([
            [
                .receiveRequest, .ok, .chunk("{\"id\":\"1\"}\r\n"), .wait(gate),
                .chunk("{\"id\":\"2\"}\r\n"), .lastChunk,
            ]
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":\"1\"}\r\n") })
        source.take(.disconnect(StreamDisconnect(code: 4, reason: "stall")))
        gate.open()
        #expect(recorder.run { $0.isDisconnected })
        #expect(recorder.text == "{\"id\":\"1\"}\r\n{\"id\":\"2\"}\r\n")
        #expect(
            recorder.seen.last
                == .disconnected("the server closed the stream: disconnect code 4 (stall)"))
        #expect(
            recorder.seen.contains {
                $0.isWarning && $0.message.contains("check this machine's load and disk")
            })
        source.close()
    }

    @Test func `who was evicted yields for minutes and raises an alarm`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, .ok, .chunk("{\"id\":\"1\"}\r\n"), .hold]
        ])
        let source = CurlStreamSource(
            try .legacy(
                url: server.url,
                credential: OAuth1Credential(
                    consumerKey: "key", consumerSecret: Secret("a"), accessToken: "token",
                    accessTokenSecret: Secret("b")), follow: [1]), userAgent: "listener")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .bytes("{\"id\":\"1\"}\r\n") })
        source.take(.disconnect(StreamDisconnect(code: 7, reason: "admin logout")))
        #expect(recorder.run { $0.isAlarm })
        let message = try #require(recorder.seen.last?.message)
        #expect(message.contains("another client uses the same credentials: yielding to it"))
        let wait = try #require(message.components(separatedBy: "next attempt in ").last)
        #expect((240...360).contains(try #require(Double(wait.dropLast(2)))))
        source.close()
    }

    @Test func `a refused client asks who is connected and goes when nobody is`() throws {
        let server = try LoopbackServer([
            [.receiveRequest, tooMany],
            [.receiveRequest, json(#"{"meta":{"result_count":0}}"#)],
            [.receiveRequest, .ok, .hold],
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .connected("live") })
        #expect(
            recorder.seen.first?.message.hasSuffix(": asking the server who is connected") == true)
        let lines = server.requests[1].components(separatedBy: "\r\n")
        #expect(
            lines[0] == "GET /2/connections?status=active&max_results=100"
                + "&connection.fields=client_ip,connected_at,endpoint_name,id HTTP/1.1")
        #expect(lines.contains("Authorization: Bearer AAAA-token"))
        source.close()
    }

    @Test func `a refused client says who is connected and waits`() throws {
        let holder =
            #"{"endpoint_name":"filtered_stream","client_ip":"192.0.2.7","connected_at":"noon"}"#
        let server = try LoopbackServer([
            [.receiveRequest, tooMany],
            [.receiveRequest, json(#"{"data":[\#(holder)]}"#)],
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.message.contains("192.0.2.7 since noon: waiting") })
        guard case .idle = source.next(until: .now + .milliseconds(300)) else {
            Issue.record("expected a wait")
            return
        }
        #expect(server.requests.count == 2)
        source.close()
    }

    @Test(arguments: ["not JSON", "{}"])
    func `an answer that is no list leaves the wait as it is`(body: String) throws {
        let server = try LoopbackServer([
            [.receiveRequest, tooMany], [.receiveRequest, json(body)],
        ])
        let source = try source(server.url)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isWarning })
        // The question comes after five seconds.
        let deadline = ContinuousClock.now + StreamRecorder.patience
        while server.requests.count < 2, ContinuousClock.now < deadline {
            guard case .idle = source.next(until: .now + .milliseconds(200)) else {
                Issue.record("expected a wait")
                return
            }
        }
        #expect(server.requests.count == 2)
        guard case .idle = source.next(until: .now + .seconds(1)) else {
            Issue.record("expected a wait after the answer")
            return
        }
        source.close()
    }

    @Test func `a stream with keep-alives alone is warned of once and stays`() throws {
        let gates = (0..<3).map { _ in Gate() }
        let drips = gates.flatMap { [LoopbackServer.Step.wait($0), .chunk("\r\n")] }
        let server = try LoopbackServer([[.receiveRequest, .ok] + drips + [.hold]])
        var endpoint = try StreamEndpoint.filtered(url: server.url, bearer: Secret("AAAA-token"))
        endpoint.quietMax = .milliseconds(200)
        let source = CurlStreamSource(endpoint, userAgent: "listener")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isWarning })
        #expect(
            recorder.seen.last?.message.contains(": alive, and no line for 0.2 s: check") == true)
        for gate in gates {
            gate.open()
            #expect(recorder.run { $0 == .bytes("\r\n") })
        }
        guard case .idle = source.next(until: .now + .milliseconds(300)) else {
            Issue.record("expected silence")
            return
        }
        #expect(recorder.steps.count == 2)
        source.close()
    }

    @Test func `a recovery that is complete is the end, and one that is cut off is not`() throws {
        let line = LoopbackServer.Step.chunk("{\"id\":\"1\"}\r\n")
        let server = try LoopbackServer([
            [.receiveRequest, .ok, line, .send("20\r\n{")],
            [.receiveRequest, .ok, line, .lastChunk],
        ])
        let span = "start_time=2026-11-22T10:00:00Z&end_time=2026-11-22T11:30:00Z"
        let endpoint = try StreamEndpoint.filtered(
            url: server.url + "?" + span, bearer: Secret("AAAA-token"))
        #expect(endpoint.recovery?.first.description == "2026-11-22T10:00:00.000Z")
        #expect(endpoint.recovery?.last.description == "2026-11-22T11:30:00.000Z")
        let source = CurlStreamSource(endpoint, userAgent: "listener")
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .ended })
        #expect(recorder.seen.filter { $0 == .connected("recovery") }.count == 2)
        #expect(recorder.seen.dropLast().last == .disconnected("the recovery is complete"))
        #expect(server.requests.allSatisfy { $0.contains(span) })
        source.close()
    }

    @Test func `an opening after a gap says how far back it was asked to begin`() throws {
        let server = try LoopbackServer([[.receiveRequest, .ok, .hold]])
        var endpoint = try StreamEndpoint.filtered(url: server.url, bearer: Secret("AAAA-token"))
        endpoint.allowsBackfill = true
        let source = CurlStreamSource(
            endpoint, userAgent: "listener", past: StreamPast(lastHeard: .now - .seconds(100)))
        while true {
            guard case .connected(let opening) = source.next(until: .now + .seconds(20)) else {
                continue
            }
            #expect(opening.kind == .backfill)
            #expect(opening.backfill == .seconds(120))
            break
        }
        #expect(server.requests[0].contains("backfill_minutes=2"))
        source.close()
    }
}
