/// The bodies X explains its refusals with.
enum Problem {
    private static let types = "https://api.twitter.com/2/problems/"

    static let unauthorized = HTTPResponse(
        status: 401, contentType: "application/problem+json",
        body: #"{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}"#
    )

    static let forbidden = HTTPResponse(
        status: 403, contentType: "application/problem+json",
        body: #"{"client_id":"1","detail":"This client is not enrolled.","#
            + #""reason":"client-not-enrolled","title":"Client Forbidden","#
            + #""type":"\#(types)client-forbidden"}"#)

    static let notFound = HTTPResponse(
        status: 404, contentType: "application/problem+json",
        body: #"{"title":"Not Found","type":"about:blank","status":404,"detail":"Not Found"}"#)

    static let tooManyConnections = HTTPResponse(
        status: 429, contentType: "application/problem+json",
        body: #"{"title":"ConnectionException","detail":"This stream is currently at the maximum "#
            + #"allowed connection limit.","connection_issue":"TooManyConnections","#
            + #""type":"\#(types)streaming-connection"}"#)

    static let noRules = HTTPResponse(
        status: 409, contentType: "application/problem+json",
        body: #"{"title":"ConnectionException","detail":"Stream has no rules.","#
            + #""connection_issue":"RuleConfigurationIssue","#
            + #""type":"\#(types)streaming-connection"}"#
    )

    static func invalid(parameter: String, value: String, message: String) -> HTTPResponse {
        struct Body: Encodable {
            struct Issue: Encodable {
                var parameters: [String: [String]]
                var message: String
            }
            var errors: [Issue]
            var title = "Invalid Request"
            var detail = "One or more parameters to your request was invalid."
            var type = "https://api.twitter.com/2/problems/invalid-request"
        }
        var response = HTTPResponse(
            status: 400,
            json: Body(errors: [.init(parameters: [parameter: [value]], message: message)]))
        response.contentType = "application/problem+json"
        return response
    }

    /// - Parameter resetAt: when the window of the rate limit ends, in seconds since 1970.
    static func response(to refusal: Refusal, resetAt: Int) -> HTTPResponse {
        switch refusal {
        case .badRequest:
            return invalid(parameter: "backfill_minutes", value: "1", message: "refused")
        case .unauthorized: return unauthorized
        case .forbidden: return forbidden
        case .conflict: return noRules
        case .tooManyConnections: return tooManyConnections
        case .rateLimited:
            var response = HTTPResponse(
                status: 429, body: #"{"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#)
            response.headers = [
                ("x-rate-limit-limit", "50"), ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", String(resetAt)),
            ]
            return response
        case .usageCapped:
            return HTTPResponse(
                status: 429, contentType: "application/problem+json",
                body: #"{"title":"UsageCapExceeded","detail":"Usage cap exceeded: Monthly "#
                    + #"product cap","account_id":1,"product_name":"standard-basic","#
                    + #""period":"Monthly","scope":"Product","type":"\#(types)usage-capped"}"#)
        case .enhanceYourCalm:
            return HTTPResponse(
                status: 420, contentType: "text/plain",
                body: "Exceeded connection limit for user\r\n")
        case .serverError, .badGateway, .unavailable, .gatewayTimeout:
            return HTTPResponse(
                status: Int(refusal.rawValue) ?? 503, contentType: "text/html",
                body: "<html><body>\(refusal.rawValue)</body></html>\r\n")
        }
    }
}
