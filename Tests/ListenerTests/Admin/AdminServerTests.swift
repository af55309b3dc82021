import Foundation
import Shared
import TestSupport
import Testing

@testable import listener

struct AdminServerTests {
    private struct Site {
        let status = ListenerStatus()
        let metrics: ListenerMetrics
        let pages: AdminPages

        init() {
            let registry = PrometheusRegistry(ListenerMetrics.families, common: [("zone", "a")])
            metrics = ListenerMetrics(registry)
            pages = AdminPages(
                status: metrics.status,
                readiness: Readiness(silenceMax: .seconds(30), ships: true), registry: registry,
                gauges: ListenerGauges(metrics.status, spool: nil, factory: registry))
        }

        func serve(
            at text: String = "127.0.0.1:0", _ body: (AdminServer) async throws -> Void
        ) async throws {
            let address = try #require(AdminAddress(text))
            let server = try await AdminServer.start(at: address, pages)
            do {
                try await body(server)
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
    }

    private func get(
        _ server: AdminServer, _ path: String, _ method: HTTPRequest.Method = .get
    ) async throws -> HTTPResponse {
        try await HTTPClient().send(HTTPRequest(method, "http://\(server.address)\(path)"))
    }

    /// What a program that shares nothing with ours receives for these bytes, until the end.
    private func raw(_ server: AdminServer, _ script: String) throws -> String {
        let python = """
            import socket
            address = ("127.0.0.1", \(server.address.port))
            def connect():
                return socket.create_connection(address, timeout=30)
            def rest(connection):
                pieces = []
                try:
                    while piece := connection.recv(65536):
                        pieces.append(piece)
                except ConnectionResetError:
                    pass
                return b"".join(pieces).decode()
            \(script)
            """
        return String(decoding: try Shell.python(python), as: UTF8.self)
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `a port of 0 is one that answers`(text: String) async throws {
        let site = Site()
        try await site.serve(at: text) { server in
            #expect(server.address.port > 0)
            let response = try await get(server, "/metrics?x=1")
            #expect(response.status == 200)
            #expect(response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(text.contains("\nlistener_connection_state{zone=\"a\"} 0\n"))
        }
    }

    @Test func `a port that is taken is an error of configuration with a next step`() async throws {
        let site = Site()
        try await site.serve { server in
            let error = await #expect(throws: ConfigurationError.self) {
                _ = try await AdminServer.start(at: server.address, site.pages)
            }
            #expect(error?.exitCode == .configuration)
            let message = try #require(error?.message)
            #expect(
                message
                    == """
                    LISTENER_HTTP=\(server.address): cannot listen: Address already in use: \
                    choose another address, or off
                    """)
        }
    }

    @Test func `health turns with the loop, and readiness with the stream`() async throws {
        let site = Site()
        try await site.serve { server in
            #expect(try await get(server, "/healthz").status == 503)
            site.metrics.status.ticked(at: .now)
            #expect(try await get(server, "/healthz").status == 200)
            #expect(try await get(server, "/readyz").status == 503)
            site.metrics.connected(ConnectionOpening(kind: .live))
            #expect(try await get(server, "/readyz").status == 200)
            site.metrics.status.ticked(at: .now - Readiness.tickAgeMax)
            #expect(try await get(server, "/healthz").status == 503)
            let body = try await get(server, "/readyz").body
            let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
            #expect(object?["ready"] as? Bool == false)
            let conditions = try #require(object?["conditions"] as? [String: [String: Any]])
            #expect(conditions.keys.sorted() == ["capture", "peers", "spool", "store", "stream"])
            #expect(conditions["capture"]?["holds"] as? Bool == false)
            #expect(conditions["stream"]?["holds"] as? Bool == true)
        }
    }

    @Test func `other paths are 404, other methods 405 with what is allowed`() async throws {
        let site = Site()
        try await site.serve { server in
            #expect(try await get(server, "/").status == 404)
            #expect(try await get(server, "/metrics/").status == 404)
            let response = try await get(server, "/metrics", .delete)
            #expect(response.status == 405)
            #expect(response.headers["Allow"] == "GET, HEAD")
        }
    }

    @Test func `HEAD has the head of GET and no body`() async throws {
        let site = Site()
        try await site.serve { server in
            let text = try raw(
                server,
                """
                connection = connect()
                connection.sendall(b"HEAD /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                print(rest(connection), end="")
                """)
            #expect(text.hasPrefix("HTTP/1.1 503 "))
            #expect(text.lowercased().contains("content-length: "))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test(arguments: [
        "GET /metrics HTTP/1.1\\r\\nX: \" + \"x\" * 100000 + \"\\r\\n\\r\\n",
        "GET /\" + \"x\" * 100000 + \" HTTP/1.1\\r\\n\\r\\n",
        "what is this?\\r\\n\\r\\n",
    ])
    func `a head that is too long or no HTTP is refused`(request: String) async throws {
        let site = Site()
        try await site.serve { server in
            let text = try raw(
                server,
                """
                connection = connect()
                try:
                    connection.sendall(("\(request)").encode())
                except (ConnectionResetError, BrokenPipeError):
                    pass
                print(rest(connection)[:12], end="")
                """)
            #expect(["HTTP/1.1 400", ""].contains(text))
            #expect(try await get(server, "/healthz").status == 503)
        }
    }

    @Test func `more connections than the limit are closed, and those there go on`() async throws {
        let site = Site()
        try await site.serve { server in
            let text = try raw(
                server,
                """
                held = [connect() for _ in range(\(AdminServer.connectionsMax))]
                held[0].sendall(b"GET /nothing HTTP/1.1\\r\\n")
                print(len(rest(connect())))
                held[0].sendall(b"Host: x\\r\\n\\r\\n")
                print(rest(held[0])[:12])
                """)
            #expect(text == "0\nHTTP/1.1 404\n")
        }
    }

    @Test func `who sends nothing, or a byte now and then, is cut off in time`() async throws {
        let site = Site()
        try await site.serve { server in
            let text = try raw(
                server,
                """
                import time
                start = time.monotonic()
                silent, slow = connect(), connect()
                slow.sendall(b"GET /metrics HTTP/1.1\\r\\nX: ")
                try:
                    while time.monotonic() - start < 30:
                        slow.sendall(b"x")
                        time.sleep(0.1)
                except (ConnectionResetError, BrokenPipeError):
                    pass
                took = time.monotonic() - start
                print(rest(silent), 9 < took < 25)
                """)
            #expect(text == " True\n")
        }
    }
}
