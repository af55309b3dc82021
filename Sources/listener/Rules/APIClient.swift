import FoundationEssentials
import Shared

/// Asks the endpoints of X API v2 that answer once, with the app's bearer token.
struct APIClient: Sendable {
    static let url = "https://api.x.com"

    typealias Send = @Sendable (HTTPRequest) async throws -> HTTPResponse

    let api: StreamURL
    let bearer: Secret
    /// Of each request as a whole.
    var patience = Duration.seconds(60)
    let send: Send

    /// - Parameter subject: what messages begin with, such as `rules`.
    func get<Answer: Decodable>(
        _ path: String, _ query: [StreamParameter] = [], as type: Answer.Type = Answer.self,
        subject: String
    ) async throws -> Answer {
        try await answer(to: request(path, query), subject, HTTPRequest.init)
    }

    func post<Answer: Decodable>(
        _ path: String, _ query: [StreamParameter] = [], _ body: some Encodable,
        as type: Answer.Type = Answer.self, subject: String
    ) async throws -> Answer {
        try await answer(to: request(path, query), subject) { request in
            var post = HTTPRequest(request)
            post.method = .post
            post.headers["Content-Type"] = "application/json"
            post.body = .bytes(JSONDocument.encode(body))
            return post
        }
    }

    private func request(
        _ path: String, _ query: [StreamParameter]
    ) throws(StreamError) -> StreamRequest {
        var request = StreamRequest(url: try StreamURL(api.origin + path).adding(query))
        request.authorization = Secret("Bearer " + bearer.revealed)
        try request.checkConfidentiality()
        return request
    }

    private func answer<Answer: Decodable>(
        to request: StreamRequest, _ subject: String, _ make: (StreamRequest) -> HTTPRequest
    ) async throws -> Answer {
        var wire = make(request)
        wire.timeouts.total = patience
        let response: HTTPResponse
        do {
            response = try await send(wire)
        } catch let error as HTTPError {
            throw HTTPError(error.code, "\(subject): \(error.message)")
        }
        guard response.isSuccess else { throw refusal(response, of: request, subject) }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(response.body))
        } catch {
            let reason = (error as? DecodingError)?.summary ?? "\(error)"
            throw StreamError(
                .unreadableAnswer,
                "\(subject): the answer to \(request) is not what it should be: "
                    + request.redacting(reason))
        }
    }

    private func refusal(
        _ response: HTTPResponse, of request: StreamRequest, _ subject: String
    ) -> StreamError {
        let said = StreamProblem(body: response.body).summary.map { request.redacting($0) }
        return StreamError(
            .refused(httpStatus: response.status),
            "\(subject): \(request) refused with HTTP \(response.status)"
                + (said.map { " (\($0))" } ?? "") + ": " + Self.advice(for: response.status))
    }

    private static func advice(for status: Int) -> String {
        switch status {
        case 401: "check LISTENER_BEARER_TOKEN, and whether it was revoked"
        case 403: "check that the app's plan includes this, and LISTENER_BEARER_TOKEN"
        case 404: "check LISTENER_API_URL: there is no such endpoint"
        case 422: "more rules than the plan allows, or one that it does not take"
        case 420, 429: "too many requests with this token"
        case 500...: "the server cannot serve it at the moment"
        default: "check LISTENER_API_URL and LISTENER_BEARER_TOKEN"
        }
    }
}
