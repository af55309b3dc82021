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
        default:
            return .response(Problem.notFound)
        }
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
}
