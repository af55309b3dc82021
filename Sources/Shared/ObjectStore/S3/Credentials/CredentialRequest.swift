/// Sends the small requests that credentials come from, a few times where the service stumbles.
enum CredentialRequest {
    static let attemptsMax = 3
    static let timeouts = HTTPTimeouts(connect: .seconds(5), total: .seconds(15))
    /// Services on the machine answer at once or not at all.
    static let localTimeouts = HTTPTimeouts(connect: .seconds(1), total: .seconds(5))

    private static let backoff = Backoff(floor: .milliseconds(200), ceiling: .seconds(2))

    /// The reply, whatever its status below 500.
    static func send(
        _ request: HTTPRequest, over http: HTTPClient, to service: String
    ) async throws(ObjectStoreError) -> HTTPResponse {
        var generator = SystemRandomNumberGenerator()
        var attempt = 1
        while true {
            let outcome = await outcome(request, http)
            if case .success(let response) = outcome, response.status < 500 { return response }
            guard attempt < attemptsMax else { return try settle(outcome, service) }
            do {
                try await Task.sleep(for: backoff.delay(attempt: attempt, using: &generator))
            } catch {
                throw ObjectStoreError(.unavailable, "\(service): cancelled")
            }
            attempt += 1
        }
    }

    private static func outcome(
        _ request: HTTPRequest, _ http: HTTPClient
    ) async -> Result<HTTPResponse, HTTPError> {
        do {
            return .success(try await http.send(request))
        } catch {
            return .failure(error)
        }
    }

    private static func settle(
        _ outcome: Result<HTTPResponse, HTTPError>, _ service: String
    ) throws(ObjectStoreError) -> HTTPResponse {
        switch outcome {
        case .success(let response):
            throw ObjectStoreError(.unavailable, "\(service): HTTP \(response.status)")
        case .failure(let error):
            throw ObjectStoreError(.unavailable, service, cause: error)
        }
    }
}
