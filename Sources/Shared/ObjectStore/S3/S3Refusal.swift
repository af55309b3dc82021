/// An answer of S3 that is not what was asked for: its status and what its `<Error>` says.
struct S3Refusal: Error {
    var status: Int
    /// S3's own word, such as `NoSuchBucket`. Empty where the answer had no body, as for `HEAD`.
    var code: String
    var message: String
    var requestID: String?
    /// The region the bucket is in, where the answer says so.
    var region: String?
    /// The store's clock.
    var serverTime: Timestamp?
    var retryAfter: Duration?
    /// The time the request was signed with.
    var sentAt: Timestamp?

    init(_ response: HTTPResponse, document: XMLElement?, sentAt: Timestamp? = nil) {
        self.sentAt = sentAt
        let error = document?.name == "Error" ? document : document?["Error"]
        status = response.status
        code = error?.value("Code") ?? ""
        message = error?.value("Message") ?? ""
        requestID =
            response.headers["x-amz-request-id"] ?? error?.value("RequestId")
            ?? response.headers["x-trans-id"]
        region = response.headers["x-amz-bucket-region"] ?? error?.value("Region")
        serverTime = response.headers["Date"].flatMap { HTTPDate.parse($0) }
        retryAfter = response.headers["Retry-After"].flatMap { Int($0) }.map { .seconds($0) }
    }

    /// What may help without a person.
    enum Remedy: Equatable {
        case none
        /// The same request again: a server's bad moment, or bytes damaged on the way.
        case repetition
        /// The same request again, later.
        case patience
        /// The same request, signed with the server's time.
        case clockCorrection
        /// The same request, signed with new credentials.
        case newCredentials
    }

    var remedy: Remedy {
        if isSilentlySkewed { return .clockCorrection }
        // A refused `HEAD` has no body to say that the token has expired; asking anew is cheap.
        if status == 400 && code.isEmpty { return .newCredentials }
        switch code {
        case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded",
            "TooManyRequests":
            return .patience
        case "RequestTimeTooSkewed", "RequestExpired":
            return .clockCorrection
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return .newCredentials
        case "InternalError", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted",
            "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch", "ServiceUnavailable":
            return .repetition
        default:
            break
        }
        switch status {
        case 429, 503: return .patience
        case 408, 500, 502, 504: return .repetition
        // A server that says "done" and means "failed" has had a bad moment.
        case 200..<300: return .repetition
        default: return .none
        }
    }

    /// Whether the server may have done what was asked, although it says that it failed.
    var mayHaveBeenDone: Bool {
        status >= 500 && status != 501 || (200..<300).contains(status)
    }

    /// Nor to say that the clock is why; the store's time tells.
    private var isSilentlySkewed: Bool {
        guard status == 403, code.isEmpty, let serverTime, let sentAt else { return false }
        let skew = sentAt.duration(to: serverTime)
        return skew > Self.skewMax || skew < .zero - Self.skewMax
    }

    /// What S3 lets pass.
    private static let skewMax = Duration.seconds(900)
}
