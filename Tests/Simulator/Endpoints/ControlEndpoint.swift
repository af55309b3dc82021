import Foundation

/// `/_simulator/...`: what a test sees and commands, and no client of X ever does.
struct ControlEndpoint {
    let services: Services

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        switch (request.method, request.path) {
        case ("GET", "/_simulator/status"):
            return HTTPResponse(json: services.status)
        case ("POST", "/_simulator/release"):
            services.log.release()
            return HTTPResponse(json: services.status)
        case ("POST", "/_simulator/faults"):
            return addFaults(request.body)
        case ("POST", "/_simulator/friends"):
            return setFriends(String(decoding: request.body, as: UTF8.self))
        default:
            return Problem.notFound
        }
    }

    /// Takes how many accounts every account follows from now on.
    private func setFriends(_ text: String) -> HTTPResponse {
        guard let count = Int(text), count >= 0 else {
            return HTTPResponse(status: 400, contentType: "text/plain", body: "not a number\n")
        }
        services.friends.access { $0 = FriendList(count: count, suspendedCount: 0) }
        return HTTPResponse(json: services.status)
    }

    /// Takes `zone=a,kind=cut`, or the same as a JSON object of strings and numbers.
    private func addFaults(_ body: [UInt8]) -> HTTPResponse {
        let parser = FaultParser(
            zones: services.zones, defaultPosition: services.log.counts.posts)
        let text = String(decoding: body, as: UTF8.self)
        do {
            var faults =
                body.first == UInt8(ascii: "{")
                ? try parser.faults(from: Self.fields(of: body))
                : try parser.faults(from: text.trimmingCharacters(in: .whitespacesAndNewlines))
            for index in faults.indices { faults[index].isCommanded = true }
            services.board.add(faults)
            return HTTPResponse(json: services.status)
        } catch {
            return HTTPResponse(status: 400, contentType: "text/plain", body: "\(error)\n")
        }
    }

    private static func fields(of body: [UInt8]) throws -> [String: String] {
        enum Value: Decodable {
            case text(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .text(String(number))
                } else if let flag = try? container.decode(Bool.self) {
                    self = .text(String(flag))
                } else {
                    self = .text(try container.decode(String.self))
                }
            }
        }
        return try JSONDecoder().decode([String: Value].self, from: Data(body)).mapValues { value in
            switch value {
            case .text(let text): text
            }
        }
    }
}
