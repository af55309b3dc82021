import FoundationEssentials

/// Which connections to one stream the server says are open: its answer to `GET /2/connections`.
struct ConnectionListing: Equatable, Sendable {
    struct Connection: Equatable, Sendable {
        /// Empty where the server does not say.
        var clientIP: String
        var connectedAt: String
    }

    var connections: [Connection]

    /// - Returns: nil where the body is not such an answer.
    init?(body: [UInt8], endpointName: String) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(body)),
            document.data != nil || document.meta != nil
        else { return nil }
        connections = (document.data ?? []).filter { $0.endpointName == endpointName }.map {
            Connection(
                clientIP: StreamProblem.printable([$0.clientIP ?? ""]) ?? "",
                connectedAt: StreamProblem.printable([$0.connectedAt ?? ""]) ?? "")
        }
    }

    init(_ connections: [Connection]) {
        self.connections = connections
    }

    private struct Document: Decodable {
        var data: [Entry]?
        /// Tells an answer without any connection from some other JSON.
        var meta: Meta?
    }

    private struct Meta: Decodable {}

    private struct Entry: Decodable {
        var endpointName: String?
        var connectedAt: String?
        var clientIP: String?

        private enum CodingKeys: String, CodingKey {
            case endpointName = "endpoint_name"
            case connectedAt = "connected_at"
            case clientIP = "client_ip"
        }
    }
}

extension ConnectionListing: CustomStringConvertible {
    var description: String {
        connections.map { connection in
            [
                connection.clientIP.isEmpty ? "a client" : connection.clientIP,
                connection.connectedAt.isEmpty ? nil : "since \(connection.connectedAt)",
            ].compactMap { $0 }.joined(separator: " ")
        }.joined(separator: ", ")
    }
}
