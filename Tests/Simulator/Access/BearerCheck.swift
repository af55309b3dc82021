/// Finds the zone by its bearer token.
struct BearerCheck: Sendable {
    let zones: [String]

    /// The zone; nil when the token is missing or nobody's.
    func zone(of request: HTTPRequest) -> String? {
        let words = request.headers["authorization", default: ""].split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return zones.first { ZoneCredentials(zone: $0).bearerToken == words[1] }
    }
}
