/// `GET` and `POST /1.1/statuses/filter.json`.
///
/// What is followed or tracked is checked for its form only: everyone gets the same posts.
struct V1FilterEndpoint {
    private static let keepAliveSeconds = 30.0
    private static let followMax = 5000
    private static let trackMax = 400
    private static let boxesMax = 25
    private static let countMax = 150_000

    let services: Services

    func answer(_ request: HTTPRequest, zone: String) -> Answer {
        let parameters = Dictionary(
            (request.query + request.form).map { ($0.name, $0.value) },
            uniquingKeysWith: { _, last in last })
        if let refusal = Self.refusal(of: parameters) {
            services.ledger.count(zone: zone) {
                $0.refused[String(refusal.status), default: 0] += 1
            }
            return .response(refusal)
        }
        let format = StreamFormat.v1(
            isDelimited: parameters["delimited"] == "length",
            warnsOfStalls: parameters["stall_warnings"] == "true")
        return StreamOpening(services: services, zone: zone).answer(
            endpoint: .statusesFilter, format: format,
            keepAliveSeconds: services.settings.keepAliveSeconds ?? Self.keepAliveSeconds,
            secondsBack: 0)
    }

    private static func refusal(of parameters: [String: String]) -> HTTPResponse? {
        let predicates = ["follow", "track", "locations"].filter {
            !parameters[$0, default: ""].isEmpty
        }
        guard !predicates.isEmpty else {
            return text(
                406,
                "No filter parameters found. Expect at least one parameter: follow track locations")
        }
        func items(_ name: String) -> [Substring] {
            parameters[name, default: ""].split(separator: ",", omittingEmptySubsequences: false)
        }
        let follow = predicates.contains("follow") ? items("follow") : []
        guard follow.allSatisfy({ UInt64($0) != nil }) else {
            return text(406, "Invalid parameter: follow")
        }
        let boxes = predicates.contains("locations") ? items("locations") : []
        guard boxes.count % 4 == 0, boxes.allSatisfy({ Double($0) != nil }) else {
            return text(406, "Invalid parameter: locations")
        }
        guard follow.count <= followMax, items("track").count <= trackMax,
            boxes.count <= boxesMax * 4
        else {
            return text(413, "Parameter too long")
        }
        if let count = parameters["count"] {
            guard let number = Int(count), -countMax...countMax ~= number else {
                return text(416, "Invalid parameter: count")
            }
        }
        return nil
    }

    private static func text(_ status: Int, _ message: String) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain", body: message + "\r\n")
    }
}
