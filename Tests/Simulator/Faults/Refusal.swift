/// How a stream says no.
enum Refusal: String, CaseIterable, Codable, Sendable {
    case badRequest = "400"
    case unauthorized = "401"
    case forbidden = "403"
    case conflict = "409"
    case enhanceYourCalm = "420"
    /// Too many connections.
    case tooManyConnections = "429a"
    /// Too many requests in the window.
    case rateLimited = "429b"
    /// The monthly cap is used up.
    case usageCapped = "429c"
    case serverError = "500"
    case badGateway = "502"
    case unavailable = "503"
    case gatewayTimeout = "504"
}
