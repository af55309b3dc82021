import Foundation

/// Opens a stream for a zone that has signed in, or says why not.
struct StreamOpening {
    let services: Services
    let zone: String

    func answer(
        endpoint: StreamEndpoint,
        format: StreamFormat,
        keepAliveSeconds: Double,
        secondsBack: Double
    ) -> Answer {
        let settings = services.settings
        let allowance = services.budget.take(
            zone: zone, nowSeconds: Int(services.now.timeIntervalSince1970))
        switch services.board.reception(zone: zone, at: services.log.counts.posts) {
        case .welcome:
            break
        case .silence(let resets):
            services.ledger.count(zone: zone) { $0.refused["none", default: 0] += 1 }
            return .silence(resets: resets)
        case .refusal(let refusal):
            return refuse(Problem.response(to: refusal, resetAt: allowance.resetAt))
        }
        guard allowance.isGranted else {
            return refuse(Problem.response(to: .rateLimited, resetAt: allowance.resetAt))
        }
        guard
            let id = services.ledger.open(
                zone: zone, endpoint: endpoint, atMost: settings.connectionsPerZone,
                replacesOldest: endpoint.family == .v1 || settings.replacesOldest)
        else {
            return refuse(Problem.tooManyConnections)
        }
        let session = StreamSession(
            id: id, zone: zone, format: format, keepAliveSeconds: keepAliveSeconds,
            slowReaderBytes: settings.slowReaderBytes, waitFor: settings.waitFor,
            log: services.log, board: services.board, ledger: services.ledger)
        let head = HTTPResponse.streamHead(
            date: services.now,
            headers: [
                ("x-rate-limit-limit", String(services.budget.limit)),
                ("x-rate-limit-remaining", String(allowance.remaining)),
                ("x-rate-limit-reset", String(allowance.resetAt)),
            ])
        return .stream(session, head: head, secondsBack: secondsBack)
    }

    private func refuse(_ response: HTTPResponse) -> Answer {
        services.ledger.count(zone: zone) {
            $0.refused[String(response.status), default: 0] += 1
        }
        return .response(response)
    }
}
