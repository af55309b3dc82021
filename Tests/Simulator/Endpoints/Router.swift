import Foundation

/// Finds who answers a request.
struct Router: Sendable {
    let services: Services

    func answer(_ request: HTTPRequest) -> Answer {
        let shape = services.settings.shape
        switch (request.method, request.path) {
        case (_, let path) where path.hasPrefix("/_simulator/"):
            return .response(ControlEndpoint(services: services).answer(request))
        case ("GET", "/2/tweets/search/stream") where shape != .v1:
            return v2(request) { zone in
                V2StreamEndpoint(services: services, endpoint: .filteredStream)
                    .answer(request, zone: zone)
            }
        case ("GET", "/2/tweets/sample/stream") where shape != .v1:
            return v2(request) { zone in
                V2StreamEndpoint(services: services, endpoint: .sampleStream)
                    .answer(request, zone: zone)
            }
        case ("GET", "/2/tweets/search/stream/rules"), ("POST", "/2/tweets/search/stream/rules"):
            return v2(request) { zone in
                api(zone) { RulesEndpoint(services: services, zone: zone).answer(request) }
            }
        case ("GET", let path) where path.hasPrefix("/2/users/"):
            return v2(request) { zone in
                api(zone) {
                    V2UsersEndpoint(services: services).answer(request) ?? Problem.notFound
                }
            }
        case ("GET", "/2/connections"), ("DELETE", "/2/connections"):
            return v2(request) { zone in
                .response(ConnectionsEndpoint(services: services, zone: zone).answer(request))
            }
        case ("GET", "/1.1/statuses/filter.json") where shape != .v2,
            ("POST", "/1.1/statuses/filter.json") where shape != .v2:
            return v1(request) { zone in
                V1FilterEndpoint(services: services).answer(request, zone: zone)
            }
        case ("GET", "/1.1/friends/ids.json"):
            return v1(request) { zone in
                api(zone) { V1FriendsEndpoint(services: services).answer(request) }
            }
        case ("GET", "/1.1/account/verify_credentials.json"):
            return v1(request) { zone in .response(HTTPResponse(json: ["screen_name": zone])) }
        default:
            return .response(Problem.notFound)
        }
    }

    private func api(_ zone: String, _ answer: () -> HTTPResponse) -> Answer {
        let board = services.board
        guard let refusal = board.refusalOfAPI(zone: zone, at: services.log.counts.posts) else {
            return .response(answer())
        }
        let resetAt =
            Int(services.now.timeIntervalSince1970) + services.settings.rateLimitWindowSeconds
        return .response(Problem.response(to: refusal, resetAt: resetAt))
    }

    /// Answers for the zone whose bearer token came with the request.
    private func v2(_ request: HTTPRequest, _ answer: (String) -> Answer) -> Answer {
        guard let zone = BearerCheck(zones: services.zones).zone(of: request) else {
            return .response(Problem.unauthorized)
        }
        guard !services.board.isRevoked(zone: zone, at: services.log.counts.posts) else {
            services.ledger.count(zone: zone) { $0.refused["403", default: 0] += 1 }
            return .response(Problem.forbidden)
        }
        return answer(zone)
    }

    /// Answers for the zone whose OAuth signature came with the request.
    private func v1(_ request: HTTPRequest, _ answer: (String) -> Answer) -> Answer {
        switch services.oauth.verdict(on: request, now: services.now) {
        case .refused(let response):
            return .response(response)
        case .zone(let zone):
            guard !services.board.isRevoked(zone: zone, at: services.log.counts.posts) else {
                services.ledger.count(zone: zone) { $0.refused["401", default: 0] += 1 }
                return .response(OAuthVerifier.error(code: 89, "Invalid or expired token."))
            }
            return answer(zone)
        }
    }
}
