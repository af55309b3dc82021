import Glibc

/// One connection of a ``LoopbackServer``: reads requests and carries out the steps for each.
struct Conversation {
    private let connection: Int32
    private let handler: (LoopbackServer.Request) -> [LoopbackServer.Step]
    private let record: (LoopbackServer.Request) -> Void

    init(
        _ connection: Int32, _ handler: @escaping (LoopbackServer.Request) -> [LoopbackServer.Step],
        record: @escaping (LoopbackServer.Request) -> Void
    ) {
        self.connection = connection
        self.handler = handler
        self.record = record
    }

    func run() {
        var received: [UInt8] = []
        while let request = readRequest(&received) {
            record(request)
            for step in handler(request) {
                guard perform(step) else { return }
            }
        }
    }

    /// - Returns: false when the connection is over.
    private func perform(_ step: LoopbackServer.Step) -> Bool {
        switch step {
        case .send(let text):
            return Sockets.send(Array(text.utf8), to: connection)
        case .sendBytes(let bytes):
            return Sockets.send(bytes, to: connection)
        case .hang:
            // The client sends nothing more, so this returns when one side closes.
            while let more = Sockets.receive(from: connection), !more.isEmpty {}
            return false
        case .reset:
            Sockets.resetOnClose(connection)
            return false
        case .close:
            return false
        }
    }

    private func readRequest(_ received: inout [UInt8]) -> LoopbackServer.Request? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = received.firstRange(of: end) {
                let head = String(decoding: received[..<range.lowerBound], as: UTF8.self)
                received.removeSubrange(..<range.upperBound)
                return request(head, &received)
            }
            guard let more = Sockets.receive(from: connection), !more.isEmpty else { return nil }
            received += more
        }
    }

    private func request(_ head: String, _ received: inout [UInt8]) -> LoopbackServer.Request? {
        let lines = head.split(separator: "\r\n")
        let start = lines[0].split(separator: " ")
        guard start.count == 3 else { return nil }
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (name: String(line[..<colon]), value: String(value))
        }
        var request = LoopbackServer.Request(
            method: String(start[0]), target: String(start[1]), headers: headers, body: [])
        let length = request["Content-Length"].flatMap { Int($0) } ?? 0
        while received.count < length {
            guard let more = Sockets.receive(from: connection), !more.isEmpty else { return nil }
            received += more
        }
        request.body = Array(received.prefix(length))
        received.removeFirst(length)
        return request
    }
}
