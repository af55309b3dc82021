extension S3Failure {
    /// In the words of the store's contract, for the operator.
    func objectStoreError(
        _ configuration: S3Configuration, _ action: String, _ subject: String?
    ) -> ObjectStoreError {
        let what = subject.map { "\(action) \($0)" } ?? action
        let place = "\(configuration.name): \(what)"
        switch cause {
        case .preparation(let error):
            return ObjectStoreError(error.code, place, cause: error)
        case .transport(let error):
            return ObjectStoreError(error.storeCode, place, cause: error)
        case .cancelled:
            return ObjectStoreError(.unavailable, "\(place): cancelled")
        case .nonsense(let error):
            return ObjectStoreError(
                .unavailable, "\(place): the answer is not S3's: check the endpoint's address",
                cause: error)
        case .refusal(let refusal):
            let step = S3Advice.nextStep(refusal, configuration)
            return ObjectStoreError(
                refusal.storeCode,
                [place, refusal.summary, step].compactMap { $0 }
                    .joined(separator: ": "))
        }
    }
}

extension HTTPError {
    fileprivate var storeCode: ObjectStoreError.Code {
        switch code {
        case .cannotConnect, .untrusted, .timedOut, .cut, .cancelled, .shutDown: .unavailable
        case .invalidRequest, .bodyTooLarge: .invalidRequest
        case .localFile: .localFile
        }
    }
}

extension S3Refusal {
    /// `AccessDenied (HTTP 403, request 4442587FB7D0A2F9): Access Denied`.
    var summary: String {
        let name = code.isEmpty ? "refused" : code
        let request = requestID.map { ", request \($0)" } ?? ""
        let said = message.isEmpty ? "" : ": \(message)"
        return "\(name) (HTTP \(status)\(request))\(said)"
    }

    var storeCode: ObjectStoreError.Code {
        switch code {
        case "NoSuchKey": return .notFound
        case "NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed":
            return .invalidRequest
        case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest": return .checksumMismatch
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "ExpiredTokenException":
            return .accessDenied
        default: break
        }
        switch remedy {
        case .patience: return .throttled
        case .repetition: return .unavailable
        case .none, .clockCorrection, .newCredentials: break
        }
        switch status {
        case 401, 403: return .accessDenied
        case 404: return .notFound
        case 412: return .preconditionFailed
        case 416: return .rangeNotSatisfiable
        case 501: return .unsupported
        case 500...: return .unavailable
        default: return .invalidRequest
        }
    }
}
