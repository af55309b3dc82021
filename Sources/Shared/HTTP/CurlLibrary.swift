import CCurl

/// The part of libcurl that a process sets up once, before any thread uses it.
package enum CurlLibrary {
    package static func prepare() {
        precondition(isReady, "libcurl cannot be set up")
    }

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
