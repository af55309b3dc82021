import Glibc
import Synchronization

/// An HTTP/1.1 server on the loopback that answers exactly what a test says, whole or broken.
///
/// A handler turns each request into steps; unlike a real server it can stop in the middle of a
/// reply. Every connection has a thread of its own, which ends with the server.
package final class LoopbackServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// Path and query, as they came.
        package var target: String
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]

        package subscript(header: String) -> String? {
            headers.first { $0.name.lowercased() == header.lowercased() }?.value
        }
    }

    package enum Step: Sendable {
        case send(String)
        case sendBytes([UInt8])
        /// Holds the connection open and silent until the client or the test ends.
        case hang
        /// Ends the connection without the closing handshake of TCP.
        case reset
        case close
    }

    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let handler: @Sendable (Request) -> [Step]

    private struct State {
        var requests: [Request] = []
        var connections: Set<Int32> = []
        var isStopped = false
    }

    package init(_ handler: @escaping @Sendable (Request) -> [Step]) {
        self.handler = handler
        (listener, port) = Sockets.listen()
        let server = Unmanaged.passRetained(Accepting(self))
        Threads.start { server.takeRetainedValue().run() }
    }

    deinit {
        stop()
    }

    package var url: String { "http://127.0.0.1:\(port)" }

    /// All requests so far, in the order their heads came.
    package var requests: [Request] { state.withLock { $0.requests } }

    package func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    /// A whole reply with a length.
    package static func reply(
        _ status: Int, _ body: String = "", headers: [(String, String)] = []
    ) -> [Step] {
        var head = "HTTP/1.1 \(status) Said\r\nContent-Length: \(body.utf8.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return [.send(head + "\r\n" + body)]
    }

    /// Accepts without keeping the server alive.
    private final class Accepting: Sendable {
        private let listener: Int32
        private let server: WeakServer

        init(_ server: LoopbackServer) {
            listener = server.listener
            self.server = WeakServer(server)
        }

        func run() {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 && errno == EINTR { continue }
                guard connection >= 0, let server = server.value, server.add(connection) else {
                    if connection >= 0 { close(connection) }
                    break
                }
                let handler = server.handler
                let weak = self.server
                Threads.start {
                    Conversation(connection, handler) { weak.value?.record($0) }.run()
                    weak.value?.remove(connection)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    private func add(_ connection: Int32) -> Bool {
        state.withLock { state in
            if !state.isStopped { state.connections.insert(connection) }
            return !state.isStopped
        }
    }

    private func remove(_ connection: Int32) {
        state.withLock { _ = $0.connections.remove(connection) }
    }

    private func record(_ request: Request) {
        state.withLock { $0.requests.append(request) }
    }
}

private final class WeakServer: @unchecked Sendable {
    // Set once before it is shared; the runtime makes reading a weak reference safe.
    private(set) weak var value: LoopbackServer?

    init(_ value: LoopbackServer) {
        self.value = value
    }
}
