/// Why a call failed, after all retries.
struct S3Failure: Error {
    enum Cause {
        /// No whole reply came.
        case transport(HTTPError)
        /// S3 said no.
        case refusal(S3Refusal)
        /// Credentials or region could not be found, so nothing was sent.
        case preparation(ObjectStoreError)
        /// The answer is not what the API says it is.
        case nonsense(any Error)
        case cancelled
    }

    var cause: Cause
    /// Whether the server may have carried out this or an earlier sending of the call.
    var mayHaveBeenDone: Bool

    /// What S3 said, if it said no.
    var refusal: S3Refusal? {
        if case .refusal(let refusal) = cause { refusal } else { nil }
    }

    var status: Int? { refusal?.status }
    var code: String? { refusal?.code }
}
