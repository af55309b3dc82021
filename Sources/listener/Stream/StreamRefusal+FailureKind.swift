extension StreamRefusal.Reason {
    /// Nil for what waiting cannot change, unless the same request worked before.
    var failureKind: ReconnectPolicy.FailureKind? {
        switch self {
        case .malformedRequest, .redirected: nil
        case .unauthorized, .forbidden: .standing
        case .noRules: .awaitingRules
        case .tooManyConnections, .rateLimited: .rateLimited
        case .usageCapped: .usageCapped
        case .unavailable: .http
        }
    }
}
