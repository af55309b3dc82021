import Foundation

/// `GET` and `DELETE /2/connections`: what an app's own connections are, and their end.
struct ConnectionsEndpoint {
    private struct Listing: Encodable {
        struct Entry: Encodable {
            var id: String
            var endpointName: StreamEndpoint
            var connectedAt: String
            var disconnectedAt: String?
            var disconnectReason: String?
            var clientIP = "127.0.0.1"

            private enum CodingKeys: String, CodingKey {
                case id
                case endpointName = "endpoint_name"
                case connectedAt = "connected_at"
                case disconnectedAt = "disconnected_at"
                case disconnectReason = "disconnect_reason"
                case clientIP = "client_ip"
            }
        }

        struct Meta: Encodable {
            var resultCount: Int

            private enum CodingKeys: String, CodingKey {
                case resultCount = "result_count"
            }
        }

        var data: [Entry]?
        var meta: Meta
    }

    private struct Order: Decodable {
        var uuids: [String]
    }

    private struct Outcome: Encodable {
        struct Kill: Encodable {
            var uuid: String
            var success: Bool
            var errorMessage: String?

            private enum CodingKeys: String, CodingKey {
                case uuid, success
                case errorMessage = "error_message"
            }
        }

        struct Kills: Encodable {
            var successful: Int
            var failed: Int
            var results: [Kill]

            private enum CodingKeys: String, CodingKey {
                case results
                case successful = "successful_kills"
                case failed = "failed_kills"
            }
        }

        var data: Kills
    }

    private static let pageMax = 100
    private static let pageDefault = 10
    private static let killsMax = 100

    let services: Services
    let zone: String

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        request.method == "GET" ? list(request.query) : delete(request.body)
    }

    private func list(_ query: [FormField]) -> HTTPResponse {
        let fields = Dictionary(
            query.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        let status = fields["status"] ?? "active"
        guard ["active", "inactive", "all"].contains(status) else {
            return Problem.invalid(
                parameter: "status", value: status, message: "not one of active, inactive, all")
        }
        let sizeText = fields["max_results"] ?? String(Self.pageDefault)
        guard let size = Int(sizeText), 1...Self.pageMax ~= size else {
            return Problem.invalid(
                parameter: "max_results", value: sizeText, message: "not between 1 and 100")
        }
        let entries = services.ledger.connections
            .filter { connection in
                connection.zone == zone && connection.endpoint.family == .v2
                    && (status == "all" || (connection.closedAt == nil) == (status == "active"))
            }
            .suffix(size)
            .map { connection in
                Listing.Entry(
                    id: Self.uuid(of: connection.id), endpointName: connection.endpoint,
                    connectedAt: Self.text(connection.openedAt),
                    disconnectedAt: connection.closedAt.map(Self.text),
                    disconnectReason: connection.closure?.rawValue)
            }
        return HTTPResponse(
            json: Listing(
                data: entries.isEmpty ? nil : entries, meta: .init(resultCount: entries.count)))
    }

    private func delete(_ body: [UInt8]) -> HTTPResponse {
        guard let order = try? JSONDecoder().decode(Order.self, from: Data(body)),
            1...Self.killsMax ~= order.uuids.count
        else {
            return Problem.invalid(
                parameter: "uuids", value: "", message: "expected 1 to 100 of them")
        }
        let kills = order.uuids.map { uuid in
            let isKilled =
                Self.id(of: uuid).map {
                    services.ledger.expel($0, of: zone, cause: .deleted)
                } ?? false
            return Outcome.Kill(
                uuid: uuid, success: isKilled, errorMessage: isKilled ? nil : "not found")
        }
        let successful = kills.count { $0.success }
        return HTTPResponse(
            json: Outcome(
                data: .init(
                    successful: successful, failed: kills.count - successful, results: kills)))
    }

    private static func uuid(of id: Int) -> String {
        let digits = String(id, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count)
            + digits
    }

    private static func id(of uuid: String) -> Int? {
        Int(uuid.suffix(12), radix: 16)
    }

    private static func text(_ date: Date) -> String {
        date.formatted(.iso8601.time(includingFractionalSeconds: true))
    }
}
