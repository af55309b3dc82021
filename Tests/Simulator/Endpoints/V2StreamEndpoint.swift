/// `GET /2/tweets/search/stream` and `GET /2/tweets/sample/stream`.
struct V2StreamEndpoint {
    private static let keepAliveSeconds = 20.0

    let services: Services
    let endpoint: StreamEndpoint

    func answer(_ request: HTTPRequest, zone: String) -> Answer {
        let settings = services.settings
        let parameters: StreamParameters
        do throws(InvalidParameter) {
            parameters = try StreamParameters(
                request.query, allowsBackfill: settings.backfillZones.contains(zone),
                allowsRecovery: endpoint == .filteredStream)
        } catch {
            return refuse(
                zone,
                Problem.invalid(
                    parameter: error.field.name, value: error.field.value, message: error.message))
        }
        if endpoint == .filteredStream, settings.requiresRules,
            services.rules.rules(of: zone).isEmpty
        {
            return refuse(zone, Problem.noRules)
        }
        return StreamOpening(services: services, zone: zone).answer(
            endpoint: endpoint, format: .v2,
            keepAliveSeconds: settings.keepAliveSeconds ?? Self.keepAliveSeconds,
            secondsBack: Double(parameters.backfillMinutes) * settings.minuteSeconds)
    }

    private func refuse(_ zone: String, _ response: HTTPResponse) -> Answer {
        services.ledger.count(zone: zone) {
            $0.refused[String(response.status), default: 0] += 1
        }
        return .response(response)
    }
}
