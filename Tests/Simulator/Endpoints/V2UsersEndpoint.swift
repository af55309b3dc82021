/// `GET /2/users/by/username/:name` and `GET /2/users/:id/following`.
///
/// Every account exists, and all follow the same accounts.
struct V2UsersEndpoint {
    private struct User: Encodable {
        var id: String
        var name: String
        var username: String
    }

    private struct Found: Encodable {
        var data: User
    }

    private struct Page: Encodable {
        struct Meta: Encodable {
            var resultCount: Int
            var nextToken: String?

            private enum CodingKeys: String, CodingKey {
                case resultCount = "result_count"
                case nextToken = "next_token"
            }
        }

        var data: [User]?
        var meta: Meta
    }

    private static let pageMax = 1000
    private static let pageDefault = 100

    let services: Services

    /// The answer; nil when the path is none of ours.
    func answer(_ request: HTTPRequest) -> HTTPResponse? {
        let parts = request.path.split(separator: "/").map(String.init)
        if parts.count == 5, parts[2...3] == ["by", "username"] {
            let name = PercentEncoding.decode(parts[4])
            return HTTPResponse(
                json: Found(data: User(id: "2244994945", name: name, username: name)))
        }
        if parts.count == 4, UInt64(parts[2]) != nil, parts[3] == "following" {
            return following(request.query)
        }
        return nil
    }

    private func following(_ query: [FormField]) -> HTTPResponse {
        let fields = Dictionary(
            query.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        let sizeText = fields["max_results"] ?? String(Self.pageDefault)
        guard let size = Int(sizeText), 1...Self.pageMax ~= size else {
            return Problem.invalid(
                parameter: "max_results", value: sizeText, message: "not between 1 and 1000")
        }
        let token = fields["pagination_token"]
        guard let offset = token.map(PageToken.offset) ?? 0 else {
            return Problem.invalid(
                parameter: "pagination_token", value: token ?? "", message: "not a token")
        }
        let friends = services.friends.access { $0 }
        let end = min(offset + min(size, services.settings.friendsPerPage), friends.ids.count)
        let users = (min(offset, end)..<end).filter { !friends.isSuspended($0) }.map { index in
            User(
                id: String(friends.ids[index]), name: "Friend \(index)",
                username: "friend\(index)")
        }
        return HTTPResponse(
            json: Page(
                data: users.isEmpty ? nil : users,
                meta: .init(
                    resultCount: users.count,
                    nextToken: end < friends.ids.count ? PageToken.token(end) : nil)))
    }
}
