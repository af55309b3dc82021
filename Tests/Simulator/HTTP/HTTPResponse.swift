import Foundation

/// An answer with a body of known length.
struct HTTPResponse {
    var status: Int
    var contentType = "application/json; charset=utf-8"
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]

    init(status: Int, contentType: String = "application/json; charset=utf-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = Array(body.utf8)
    }

    init(status: Int = 200, json: some Encodable) {
        self.status = status
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            body = Array(try encoder.encode(json))
        } catch {
            preconditionFailure("an answer of ours is not JSON: \(error)")
        }
    }

    func bytes(date: Date) -> [UInt8] {
        var head = Self.head(status: status, date: date)
        head += "content-type: \(contentType)\r\ncontent-length: \(body.count)\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    /// The head of a response whose body is a stream.
    static func streamHead(date: Date, headers: [(name: String, value: String)]) -> [UInt8] {
        var head = Self.head(status: 200, date: date)
        head += "content-type: application/json; charset=utf-8\r\ntransfer-encoding: chunked\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        return Array((head + "\r\n").utf8)
    }

    private static func head(status: Int, date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return "HTTP/1.1 \(status) \(reason(status))\r\ndate: \(formatter.string(from: date))\r\n"
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 409: "Conflict"
        case 413: "Payload Too Large"
        case 416: "Range Not Satisfiable"
        case 420: "Enhance Your Calm"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Unknown"
        }
    }
}
