import CCurl
private import Glibc

/// The state that libcurl keeps per process.
package enum CurlLibrary {
    /// Prepares libcurl once; later calls cost nothing.
    package static func prepare() {
        precondition(isReady, "curl_global_init failed: out of memory")
    }

    /// Handles are used from threads of their own and so have `CURLOPT_NOSIGNAL` set. libcurl then
    /// leaves SIGPIPE alone, and TLS libraries may raise it when the peer has gone.
    private static let isReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()
}
