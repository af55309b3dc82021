import Shared

/// An answer other than 200, read for what to do about it.
struct StreamRefusal: Equatable, Sendable {
    enum Reason: Equatable, Sendable {
        /// 400, 404, 406, 413, 416: the request cannot succeed as it is.
        case malformedRequest
        /// 3xx: not followed, since the credential would go along.
        case redirected
        /// 401.
        case unauthorized
        /// 403.
        case forbidden
        /// 409: a filtered stream without rules.
        case noRules
        /// 420 or 429: as many connections as the credential may have are open already.
        case tooManyConnections
        /// 420 or 429: too many requests, or no reason given.
        case rateLimited
        /// 429: the plan's posts of this day or month are used up.
        case usageCapped
        /// 5xx, and whatever else has no meaning here.
        case unavailable
    }

    var status: Int
    var reason: Reason
    /// What the server asks to wait, if it does; not yet bounded.
    var serverWait: Duration?
    /// The server's clock minus ours.
    var clockOffset: Duration?
    /// What the server says about it, on one line, if it is readable.
    var detail: String?
}

extension StreamRefusal {
    init(head: StreamResponseHead, body: [UInt8], receivedAt time: Timestamp) {
        let problem = StreamProblem(body: body)
        status = head.status
        reason = Reason(status: head.status, problem: problem)
        clockOffset = head.clockOffset(at: time)
        serverWait = head.serverWait(at: time, forRateLimit: reason == .rateLimited)
        detail = problem.summary
    }
}

extension StreamRefusal.Reason {
    /// Whether it is the request that the server does not take, whoever asks.
    var isOfRequest: Bool { self == .malformedRequest || self == .redirected }

    init(status: Int, problem: StreamProblem) {
        switch status {
        case 300..<400: self = .redirected
        case 400, 404, 406, 413, 416: self = .malformedRequest
        case 401: self = .unauthorized
        case 403: self = .forbidden
        case 409: self = .noRules
        case 420, 429: self = Self(limit: problem.limit)
        default: self = .unavailable
        }
    }

    private init(limit: StreamProblem.Limit?) {
        switch limit {
        case .connections: self = .tooManyConnections
        case .usage: self = .usageCapped
        case .requests, nil: self = .rateLimited
        }
    }
}

extension StreamRefusal {
    /// What a person should look at.
    ///
    /// - Parameter credential: the names of the settings that hold it.
    func advice(credential: String) -> String {
        switch reason {
        case .malformedRequest:
            switch status {
            case 404: "check LISTENER_STREAM_URL: there is no such stream"
            case 406: "an id of the follow list is not accepted"
            case 413: "the follow list is too long for this account"
            default: "check the parameters in LISTENER_STREAM_URL"
            }
        case .redirected: "redirects are not followed: set LISTENER_STREAM_URL to the new address"
        case .unauthorized: "check \(credential), whether it was revoked, and the clock"
        case .forbidden:
            "check that the app's plan includes this stream, and \(credential)"
        case .noRules:
            "the stream has no rules: see listener rules, or POST /2/tweets/search/stream/rules"
        case .tooManyConnections:
            "another listener uses the same credentials, or our last connection has not ended yet"
        case .rateLimited: "too many requests with these credentials"
        case .usageCapped: "the plan's posts are used up until its period ends"
        case .unavailable: "the server cannot serve it now"
        }
    }
}

extension StreamRefusal: CustomStringConvertible {
    var description: String {
        "refused with HTTP \(status)" + (detail.map { " (\($0))" } ?? "")
    }
}
