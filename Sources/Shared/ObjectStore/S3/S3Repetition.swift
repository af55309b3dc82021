/// The sendings of one call so far, and whether there is to be another.
struct S3Repetition {
    /// Credentials that the store no longer takes; the next sending needs other ones.
    private(set) var expiredCredentials: AWSCredentials?
    private let policy: S3RetryPolicy
    private var attempts = 0
    private var mayHaveBeenDone = false
    private var hasCorrectedClock = false

    init(_ policy: S3RetryPolicy) {
        self.policy = policy
    }

    func failure(_ cause: S3Failure.Cause) -> S3Failure {
        S3Failure(cause: cause, mayHaveBeenDone: mayHaveBeenDone)
    }

    /// Returns when the call is to be sent again, and throws when it is not.
    mutating func recover(
        from cause: S3Failure.Cause, credentials: AWSCredentials, clock: S3Clock
    ) async throws(S3Failure) {
        attempts += 1
        if cause.mayHaveBeenDone { mayHaveBeenDone = true }
        guard attempts < policy.attemptsMax else { throw failure(cause) }
        switch cause.remedy {
        case .none:
            throw failure(cause)
        case .repetition:
            try await wait(policy.repetition, cause)
        case .patience:
            try await wait(policy.patience, cause)
        case .clockCorrection:
            guard !hasCorrectedClock, let time = cause.serverTime else { throw failure(cause) }
            hasCorrectedClock = true
            clock.correct(to: time)
        case .newCredentials:
            guard expiredCredentials == nil else { throw failure(cause) }
            expiredCredentials = credentials
        }
    }

    private func wait(
        _ bounds: S3RetryPolicy.Bounds, _ cause: S3Failure.Cause
    ) async throws(S3Failure) {
        var generator = SystemRandomNumberGenerator()
        let delay = policy.delay(
            bounds, attempt: attempts, atLeast: cause.retryAfter, using: &generator)
        do {
            try await Task.sleep(for: delay)
        } catch {
            throw failure(.cancelled)
        }
    }
}

extension S3Failure.Cause {
    var remedy: S3Refusal.Remedy {
        switch self {
        case .transport(let error):
            switch error.code {
            case .cannotConnect, .timedOut, .cut: .repetition
            case .invalidRequest, .untrusted, .bodyTooLarge, .localFile, .cancelled, .shutDown:
                .none
            }
        case .refusal(let refusal): refusal.remedy
        case .nonsense: .repetition
        case .preparation, .cancelled: .none
        }
    }

    var mayHaveBeenDone: Bool {
        switch self {
        case .transport(let error): error.code == .timedOut || error.code == .cut
        case .refusal(let refusal): refusal.mayHaveBeenDone
        case .nonsense, .cancelled: true
        case .preparation: false
        }
    }

    var serverTime: Timestamp? {
        if case .refusal(let refusal) = self { refusal.serverTime } else { nil }
    }

    var retryAfter: Duration? {
        if case .refusal(let refusal) = self { refusal.retryAfter } else { nil }
    }
}
