import Foundation
import TestSupport
import Testing

@testable import Shared

@Suite(.timeLimit(.minutes(5)))
struct HTTPClientTests {
    private let client = HTTPClient()

    // MARK: Whole replies

    @Test func `status, headers and body arrive as they were sent`() async throws {
        let server = LoopbackServer { _ in
            LoopbackServer.reply(404, "not here", headers: [("X-Note", "  blanks at the ends  ")])
        }
        let response = try await client.send(HTTPRequest(.get, "\(server.url)/x"))
        #expect(response.status == 404)
        #expect(response.headers["x-note"] == "blanks at the ends")
        #expect(response.body == Array("not here".utf8))
        #expect(response.bodyBytes == 8)
        #expect(!response.isSuccess)
    }

    @Test func `a request goes out exactly as it is given`() async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(200) }
        let target = "/a/../b//c%20d/%2e/e?x=1&y=%2B+"
        var request = HTTPRequest(.put, server.url + target, body: .bytes(Array("body".utf8)))
        request.headers = ["X-Empty": "", "X-Full": "full"]
        _ = try await client.send(request)
        let received = try #require(server.requests.first)
        #expect(received.method == "PUT")
        #expect(received.target == target)
        #expect(received.body == Array("body".utf8))
        #expect(received["X-Empty"] == "")
        #expect(received["X-Full"] == "full")
        #expect(received["User-Agent"] == "tributary/\(BuildVersion.text)")
        #expect(received["Expect"] == nil)
        #expect(received["Content-Length"] == "4")
        #expect(received["Transfer-Encoding"] == nil)
    }

    @Test(arguments: [HTTPRequest.Method.get, .head, .put, .post, .delete])
    func `every method is sent by its name`(_ method: HTTPRequest.Method) async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(204) }
        _ = try await client.send(HTTPRequest(method, "\(server.url)/"))
        #expect(server.requests.map(\.method) == [method.rawValue])
    }

    @Test func `a redirect is an answer, not followed`() async throws {
        let server = LoopbackServer { request in
            LoopbackServer.reply(301, headers: [("Location", "/elsewhere")])
        }
        let response = try await client.send(HTTPRequest(.get, "\(server.url)/"))
        #expect(response.status == 301)
        #expect(server.requests.count == 1)
    }

    @Test func `an interim reply is not the reply`() async throws {
        let server = LoopbackServer { _ in
            [.send("HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n")] + LoopbackServer.reply(200, "late")
        }
        let response = try await client.send(HTTPRequest(.get, "\(server.url)/"))
        #expect(response.status == 200)
        #expect(response.headers["X-Early"] == nil)
        #expect(response.body == Array("late".utf8))
    }

    @Test func `many requests at once all get their own reply`() async throws {
        let server = LoopbackServer { LoopbackServer.reply(200, $0.target) }
        var options = HTTPClient.Options()
        options.transfersMax = 4
        let client = HTTPClient(options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let request = HTTPRequest(.get, "\(server.url)/\(number)")
                    let response = try await client.send(request)
                    #expect(response.body == Array("/\(number)".utf8))
                }
            }
            try await group.waitForAll()
        }
        #expect(server.requests.count == 200)
    }

    // MARK: Files

    @Test func `part of a file is sent, and a body is written to a file`() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write([UInt8].pattern(2 << 20), to: "sent")
        let server = LoopbackServer { request in
            LoopbackServer.reply(200, String(decoding: request.body, as: UTF8.self))
        }
        let request = HTTPRequest(
            .put, "\(server.url)/", body: .file(path: path, offset: 97, bytes: 26),
            sink: .file(path: "\(folder.path)/got"))
        let response = try await client.send(request)
        #expect(server.requests.first?.body == Array(97...122))
        #expect(try folder.read("got") == Array("abcdefghijklmnopqrstuvwxyz".utf8))
        #expect(response.body == [])
        #expect(response.bodyBytes == 26)
        // From `printf abcdefghijklmnopqrstuvwxyz | sha256sum`.
        #expect(
            response.bodyDigest?.hex
                == "71c480df93d6ae2f1efad1447c66c9525e316218cf51fc8d9ed832f2daf18b73")
    }

    @Test func `the body of a refusal is kept in memory, whatever the sink`() async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(403, "why") }
        let folder = try ScratchFolder()
        let path = try folder.write("untouched", to: "file")
        let response = try await client.send(
            HTTPRequest(.get, "\(server.url)/", sink: .file(path: path)))
        #expect(response.body == Array("why".utf8))
        #expect(try folder.read("file") == Array("untouched".utf8))
    }

    @Test func `a file shorter than announced fails here, not at the server`() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("short", to: "sent")
        let server = LoopbackServer { _ in LoopbackServer.reply(200) }
        await expect(.localFile) {
            try await client.send(
                HTTPRequest(
                    .put, "\(server.url)/", body: .file(path: path, offset: 0, bytes: 6)))
        }
        await expect(.localFile) {
            try await client.send(
                HTTPRequest(.get, "\(server.url)/", sink: .file(path: "/nonexistent/x")))
        }
    }

    // MARK: Failures

    @Test func `nobody listening is a failure to connect`() async throws {
        let server = LoopbackServer { _ in [] }
        let url = server.url
        server.stop()
        // The accepting thread closes the socket in its own time.
        try await eventually {
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest(.get, url))
                return false
            } catch {
                return error.code == .cannotConnect
            }
        }
    }

    @Test func `a server that falls silent is given up`() async throws {
        let server = LoopbackServer { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .hang]
        }
        let timeouts = HTTPTimeouts(stall: .seconds(1))
        await expect(.timedOut) {
            try await client.send(HTTPRequest(.get, "\(server.url)/", timeouts: timeouts))
        }
    }

    @Test func `a transfer ends when its total time is over`() async throws {
        let server = LoopbackServer { _ in [.hang] }
        let timeouts = HTTPTimeouts(total: .milliseconds(200))
        await expect(.timedOut) {
            try await client.send(HTTPRequest(.get, "\(server.url)/", timeouts: timeouts))
        }
    }

    @Test(arguments: [LoopbackServer.Step.reset, .close])
    func `a reply that is cut short is a failure`(_ end: LoopbackServer.Step) async throws {
        let server = LoopbackServer { request in
            switch request.target {
            case "/body": [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), end]
            case "/chunk":
                [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"), end]
            case "/head": [.send("HTTP/1.1 200 OK\r\nContent-"), end]
            default: [end]
            }
        }
        for path in ["/body", "/chunk", "/none"] {
            await expect(.cut) { try await client.send(HTTPRequest(.get, server.url + path)) }
        }
    }

    @Test(arguments: [[], [1, 2, 3]], [HTTPRequest.Method.put, .post])
    func `a write is not sent again behind the caller's back`(
        _ body: [UInt8], _ method: HTTPRequest.Method
    ) async throws {
        let server = LoopbackServer { request in
            request.target == "/first" ? LoopbackServer.reply(200) : [.close]
        }
        // The second request finds a connection kept alive by the first, where one may be used.
        _ = try await client.send(HTTPRequest(.get, "\(server.url)/first"))
        await expect(.cut) {
            try await client.send(HTTPRequest(method, "\(server.url)/second", body: .bytes(body)))
        }
        #expect(server.requests.map(\.target) == ["/first", "/second"])
    }

    @Test func `a body beyond the cap is refused, with and without a length`() async throws {
        let chunk = [UInt8](repeating: 0x78, count: 1 << 20)
        let server = LoopbackServer { request in
            let head =
                request.target == "/length"
                ? "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
            return [.send(head)] + Array(repeating: .sendBytes(chunk), count: 64)
        }
        for path in ["/length", "/endless"] {
            await expect(.bodyTooLarge) {
                try await client.send(
                    HTTPRequest(.get, server.url + path, sink: .memory(bytesMax: 3 << 20)))
            }
        }
    }

    @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "", "://", "http://"])
    func `an address that is not HTTP is refused`(_ url: String) async throws {
        await expect(.invalidRequest) { try await client.send(HTTPRequest(.get, url)) }
    }

    @Test(arguments: ["a\r\nX-More: b", "a\nb", "a\u{0}b", "a\u{7F}"])
    func `a header that would become two is refused`(_ value: String) async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(200) }
        await expect(.invalidRequest) {
            try await client.send(HTTPRequest(.get, server.url, headers: ["X-Note": value]))
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `an error names the request and none of its secrets`() async throws {
        let server = LoopbackServer { _ in [.reset] }
        let url = "http://user:pass@127.0.0.1:\(server.port)/path?token=hidden#more"
        do throws(HTTPError) {
            _ = try await client.send(HTTPRequest(.get, url))
            Issue.record("a reset was no error")
        } catch {
            #expect(error.description.hasPrefix("GET http://127.0.0.1:\(server.port)/path: "))
            #expect(!error.description.contains("pass@"))
            #expect(!error.description.contains("hidden"))
        }
    }

    // MARK: Ending

    @Test func `cancelling the task ends the transfer`() async throws {
        let server = LoopbackServer { _ in [.hang] }
        let task = Task { [client] in
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest(.get, "\(server.url)/"))
                return HTTPError.Code?.none
            } catch {
                return error.code
            }
        }
        try await eventually { !server.requests.isEmpty }
        task.cancel()
        // The server never answers, so nothing else can have ended it.
        #expect(await task.value == .cancelled)
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(200) }
        let task = Task { [client] in
            withUnsafeCurrentTask { $0?.cancel() }
            await expect(.cancelled) {
                try await client.send(HTTPRequest(.get, "\(server.url)/"))
            }
        }
        await task.value
        #expect(server.requests.isEmpty)
    }

    @Test func `shutting down fails what is under way and what comes later`() async throws {
        let server = LoopbackServer { _ in [.hang] }
        let client = HTTPClient()
        let task = Task {
            await expect(.shutDown) {
                try await client.send(HTTPRequest(.get, "\(server.url)/"))
            }
        }
        try await eventually { !server.requests.isEmpty }
        client.shutDown()
        await task.value
        await expect(.shutDown) { try await client.send(HTTPRequest(.get, server.url)) }
    }

    @Test func `the thread ends with the last reference to the client`() async throws {
        weak var loop: TransferLoop?
        do {
            let client = HTTPClient()
            loop = client.loop
        }
        try await eventually { loop == nil }
    }
}

/// Expects `body` to fail with this code.
func expect(
    _ code: HTTPError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    from body: () async throws -> HTTPResponse
) async {
    do {
        let response = try await body()
        Issue.record(
            "HTTP \(response.status) instead of \(code)", sourceLocation: sourceLocation)
    } catch let error as HTTPError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
    }
}
