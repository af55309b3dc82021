/// One request, as ``HTTPClient`` sends it: once, without following redirects.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    package var method: Method
    /// `http://` or `https://`. Path and query go out exactly as they stand here.
    package var url: String
    package var headers: HTTPHeaders
    package var body: HTTPBody
    /// Where the body of a 2xx reply goes. The body of any other reply is kept in memory.
    package var sink: HTTPSink
    package var timeouts: HTTPTimeouts
    /// Whether the proxies of `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` apply.
    package var usesProxy = true

    package init(
        _ method: Method, _ url: String, headers: HTTPHeaders = HTTPHeaders(),
        body: HTTPBody = .none, sink: HTTPSink = .memory(bytesMax: HTTPSink.bytesMaxByDefault),
        timeouts: HTTPTimeouts = HTTPTimeouts()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.sink = sink
        self.timeouts = timeouts
    }

    /// Method and address for messages, without what may be secret: user, query and fragment.
    package var summary: String {
        let address = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = address.firstRange(of: "://") else {
            return "\(method.rawValue) \(address)"
        }
        let rest = address[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let path = rest.dropFirst(authority.count)
        return "\(method.rawValue) \(address[..<scheme.upperBound])\(host)\(path)"
    }
}

/// What a request sends.
package enum HTTPBody: Sendable {
    case none
    case bytes([UInt8])
    /// `bytes` bytes of a file from `offset` on, read while they are sent.
    case file(path: String, offset: Int, bytes: Int)

    package var byteCount: Int {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .file(_, _, let bytes): bytes
        }
    }
}

/// Where the body of a reply goes.
package enum HTTPSink: Sendable {
    /// Enough for any document a service answers with, and small beside a process's memory.
    package static let bytesMaxByDefault = 8 << 20

    /// More bytes than this are an error.
    case memory(bytesMax: Int)
    /// The file is created, or emptied if it is there.
    case file(path: String)
    /// Counted and hashed, not kept.
    case digest
}

/// How long a transfer may take.
package struct HTTPTimeouts: Sendable {
    /// Name lookup, connection and TLS handshake.
    package var connect: Duration
    /// A transfer in which no byte moved either way for this long has failed. Whole seconds.
    package var stall: Duration
    /// The transfer as a whole, if there is such a bound.
    package var total: Duration?

    package init(
        connect: Duration = .seconds(10), stall: Duration = .seconds(30), total: Duration? = nil
    ) {
        self.connect = connect
        self.stall = stall
        self.total = total
    }
}
