import Crypto

/// One call of the S3 API, before it is addressed and signed.
struct S3Request: Sendable {
    /// What is being done, for messages: `put`, `list`.
    var action: String
    var method: HTTPRequest.Method
    /// The name in the bucket; nil for a call about the bucket itself.
    var bucketKey: String?
    var query: QueryItems = [:]
    var headers = HTTPHeaders()
    var body: HTTPBody = .none
    var payload: ContentDigest = .ofNothing
    var sink: HTTPSink = .memory(bytesMax: HTTPSink.bytesMaxByDefault)
    var reply: Reply = .empty

    /// What the body of a success holds.
    enum Reply: Sendable {
        /// Nothing; should there be something, it may be an error in disguise.
        case empty
        case document
        /// The bytes of an object.
        case object
    }
}

extension ContentDigest {
    /// The SHA-256 of no bytes.
    static let ofNothing = ContentDigest(bytes: Array(SHA256().finalize()))
}
