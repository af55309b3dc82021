private import CCurl
private import Glibc
import Shared

/// The address of a stream: `http` or `https`, without user or password.
///
/// It is taken apart by libcurl's own parser, so that what is checked here and what is connected to
/// cannot differ: `http://127.0.0.1@example.com/` is not loopback.
struct StreamURL: Equatable, Sendable {
    /// `http` or `https`.
    let scheme: String
    /// In lower case; an IPv6 address stands in brackets.
    let host: String
    /// Nil where it is the scheme's own.
    let port: String?
    /// Begins with `/`.
    let path: String
    /// As it was written, without the `?`; empty where there is none.
    private(set) var query: String

    /// - Parameter name: the setting that `text` comes from, for the message of an error. The text
    ///   itself is not shown, since it may hold a key.
    init(_ text: String, from name: String = "LISTENER_STREAM_URL") throws(StreamError) {
        CurlLibrary.prepare()
        guard let handle = curl_url() else {
            throw StreamError(.ioFailed, "stream: no memory to read \(name)")
        }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: handle),
            let host = Self.part(CURLUPART_HOST, of: handle), !host.isEmpty
        else { throw Self.misconfigured(name, "is not a URL") }
        guard scheme == "https" || scheme == "http" else {
            throw Self.misconfigured(
                name, "begins with \(scheme)://, where https:// or http:// is meant")
        }
        guard Self.part(CURLUPART_USER, of: handle) == nil,
            Self.part(CURLUPART_PASSWORD, of: handle) == nil
        else { throw Self.misconfigured(name, "holds a user or password, which is not supported") }
        self.scheme = scheme
        self.host = host.lowercased()
        let port = Self.part(CURLUPART_PORT, of: handle)
        self.port = port == (scheme == "https" ? "443" : "80") ? nil : port
        path = Self.part(CURLUPART_PATH, of: handle) ?? "/"
        query = Self.part(CURLUPART_QUERY, of: handle) ?? ""
    }

    /// `scheme://host[:port]`.
    var origin: String { scheme + "://" + host + (port.map { ":" + $0 } ?? "") }

    /// Without the query, which may hold a key: fit for logs and manifests.
    var withoutQuery: String { origin + path }

    /// The whole of it.
    var text: String { query.isEmpty ? withoutQuery : withoutQuery + "?" + query }

    /// The parameters in the query, decoded, in their order.
    var parameters: [StreamParameter] {
        query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return StreamParameter(
                PercentEncoding.decodeFormComponent(parts[0]),
                parts.count > 1 ? PercentEncoding.decodeFormComponent(parts[1]) : "")
        }
    }

    /// Whether what is sent can be read on the way to the server.
    var isPlainText: Bool { scheme == "http" }

    /// 127.0.0.0/8, `::1`, or `localhost`, which libcurl resolves to these by itself.
    var isLoopback: Bool {
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopbackV4 =
            octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
        return isLoopbackV4 || host == "localhost" || host == "[::1]"
    }

    /// Adds those of `parameters` whose name the query does not have yet.
    func adding(_ parameters: [StreamParameter]) -> StreamURL {
        let present = Set(self.parameters.map(\.name))
        let missing = parameters.filter { !present.contains($0.name) }.map(\.encoded)
        var copy = self
        copy.query = ((query.isEmpty ? [] : [query]) + missing).joined(separator: "&")
        return copy
    }

    /// Sets a parameter, in the place of any of the same name.
    func replacing(_ parameter: StreamParameter) -> StreamURL {
        let others = query.split(separator: "&").filter { pair in
            PercentEncoding.decodeFormComponent(pair.prefix { $0 != "=" }) != parameter.name
        }
        var copy = self
        copy.query = (others.map(String.init) + [parameter.encoded]).joined(separator: "&")
        return copy
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &value, 0) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }

    private static func misconfigured(_ name: String, _ problem: String) -> StreamError {
        StreamError(.misconfigured, "stream: \(name) \(problem)")
    }
}
