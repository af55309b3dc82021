/// Takes requests, one after the other, from a connection.
struct HTTPRequestReader {
    private static let headBytesMax = 65_536
    private static let bodyBytesMax = 4_194_304

    private var buffer: [UInt8] = []

    /// The next request; nil when the connection ended or sent something that is none.
    mutating func next(from socket: borrowing Socket) -> HTTPRequest? {
        let end: [UInt8] = [13, 10, 13, 10]
        var headEnd: Int?
        while headEnd == nil {
            headEnd = buffer.indices.dropLast(3).first { buffer[$0..<$0 + 4].elementsEqual(end) }
            if headEnd == nil {
                guard buffer.count < Self.headBytesMax, fill(from: socket) else { return nil }
            }
        }
        guard let headEnd,
            var request = Self.parse(String(decoding: buffer[..<headEnd], as: UTF8.self))
        else { return nil }
        buffer.removeFirst(headEnd + 4)
        guard let length = Int(request.headers["content-length", default: "0"]), length >= 0,
            length <= Self.bodyBytesMax, request.headers["transfer-encoding"] == nil
        else { return nil }
        if request.headers["expect"]?.lowercased() == "100-continue" {
            let isSent: Void? = try? Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
                .withUnsafeBytes { try socket.send($0) }
            guard isSent != nil else { return nil }
        }
        while buffer.count < length {
            guard fill(from: socket) else { return nil }
        }
        request.body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return request
    }

    private mutating func fill(from socket: borrowing Socket) -> Bool {
        let bytes = socket.receive(atMost: 16_384)
        buffer += bytes
        return !bytes.isEmpty
    }

    private static func parse(_ head: String) -> HTTPRequest? {
        // A line break of two code units is one Character, so the lines are parted by scalars.
        let lines = head.unicodeScalars.split(separator: "\n").map { line in
            String(String.UnicodeScalarView(line.last == "\r" ? line.dropLast() : line))
        }
        guard let words = lines.first?.split(separator: " "), words.count == 3,
            words[2].hasPrefix("HTTP/1.")
        else { return nil }
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers[line[..<colon].lowercased()] = String(value)
        }
        return HTTPRequest(
            method: String(words[0]), path: String(target[0]),
            queryText: target.count > 1 ? String(target[1]) : "", headers: headers, body: [])
    }
}
