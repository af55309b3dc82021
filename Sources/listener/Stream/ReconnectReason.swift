/// Why an attempt to connect became necessary, as a class that can be counted.
enum ReconnectReason: String, CaseIterable, Sendable {
    /// The server ended the stream.
    case closed
    /// No byte within the stall timeout.
    case stalled
    /// The connection broke.
    case broken
    /// No connection came about: DNS, TCP, TLS, or no answer.
    case unreachable
    case unauthorized
    case forbidden
    case noRules = "no_rules"
    case tooManyConnections = "too_many_connections"
    case rateLimited = "rate_limited"
    case usageCapped = "usage_capped"
    /// 5xx, and whatever else was refused.
    case unavailable

    init(_ reason: StreamRefusal.Reason) {
        switch reason {
        case .unauthorized: self = .unauthorized
        case .forbidden: self = .forbidden
        case .noRules: self = .noRules
        case .tooManyConnections: self = .tooManyConnections
        case .rateLimited: self = .rateLimited
        case .usageCapped: self = .usageCapped
        case .malformedRequest, .redirected, .unavailable: self = .unavailable
        }
    }
}
