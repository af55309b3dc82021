import Foundation
import Glibc
import Synchronization

/// A TCP server on 127.0.0.1 that plays one script per connection, in order, on its own thread.
///
/// It speaks no HTTP: scripts hold the bytes of answers as they go over the wire.
final class LoopbackServer: Sendable {
    enum Step: Sendable {
        /// Reads up to the end of the request, headers and body.
        case receiveRequest
        case send([UInt8])
        /// Reads until the client closes.
        case hold
        /// Waits until the test opens the gate.
        case wait(Gate)
        /// Closes with a reset instead of an end.
        case reset
    }

    let port: UInt16
    private let listener: Int32
    private let received = Mutex<[String]>([])

    init(_ scripts: [[Step]]) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread { self.run(scripts) }.start()
    }

    /// A port where nobody listens.
    static func closedPort() throws -> UInt16 {
        try LoopbackServer([]).port
    }

    var url: String { "http://127.0.0.1:\(port)/stream" }

    /// As they came, one per connection.
    var requests: [String] { received.withLock { $0 } }

    private func run(_ scripts: [[Step]]) {
        for script in scripts {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            for step in script { play(step, on: connection) }
            Glibc.close(connection)
        }
        Glibc.close(listener)
    }

    private func play(_ step: Step, on connection: Int32) {
        switch step {
        case .receiveRequest:
            let request = receiveRequest(on: connection)
            received.withLock { $0.append(request) }
        case .send(let bytes):
            send(bytes, on: connection)
        case .hold:
            while !receive(on: connection).isEmpty {}
        case .wait(let gate):
            gate.wait()
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &option,
                socklen_t(MemoryLayout<linger>.size))
        }
    }

    private func receiveRequest(on connection: Int32) -> String {
        var text = ""
        while true {
            let piece = receive(on: connection)
            guard !piece.isEmpty else { return text }
            text += String(decoding: piece, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let length =
                text.lowercased().components(separatedBy: "content-length: ").last
                .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }

    private func receive(on connection: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(count, 0)))
    }

    private func send(_ bytes: [UInt8], on connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Holds a script until the test has seen what it wants to see first.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }
    func wait() { semaphore.wait() }
}

extension LoopbackServer.Step {
    static func send(_ text: String) -> Self { .send(Array(text.utf8)) }

    /// The head of a 200 that goes on in chunks.
    static let ok = send(okHead)

    private static let okHead =
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n"

    /// The same with a keep-alive in one piece.
    static let okWithKeepAlive = send(okHead + "2\r\n\r\n\r\n")

    static func chunk(_ text: String) -> Self {
        send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
    }

    static let lastChunk = send("0\r\n\r\n")

    static func refusal(_ status: Int, headers: [String] = [], body: String = "") -> Self {
        let lines =
            ["HTTP/1.1 \(status) Refused"] + headers + ["Content-Length: \(body.utf8.count)"]
        return send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }
}
