/// The reply to a request, whatever its status.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    /// What ``HTTPSink/memory(bytesMax:)`` kept, and the body of a reply that is not 2xx.
    package var body: [UInt8]
    /// The size of the body as it arrived, wherever it went.
    package var bodyBytes: Int
    /// The SHA-256 of a body that went to a file or was only hashed.
    package var bodyDigest: ContentDigest?

    package var isSuccess: Bool { (200..<300).contains(status) }
}
