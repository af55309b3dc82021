/// `GET /1.1/friends/ids.json`.
struct V1FriendsEndpoint {
    private struct Page: Encodable {
        enum IDs: Encodable {
            case numbers([Int])
            case strings([String])

            func encode(to encoder: any Encoder) throws {
                switch self {
                case .numbers(let ids): try ids.encode(to: encoder)
                case .strings(let ids): try ids.encode(to: encoder)
                }
            }
        }

        var ids: IDs
        var nextCursor: Int
        var previousCursor: Int

        private enum Key: String, CodingKey {
            case ids
            case nextCursor = "next_cursor"
            case nextCursorText = "next_cursor_str"
            case previousCursor = "previous_cursor"
            case previousCursorText = "previous_cursor_str"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(ids, forKey: .ids)
            try container.encode(nextCursor, forKey: .nextCursor)
            try container.encode(String(nextCursor), forKey: .nextCursorText)
            try container.encode(previousCursor, forKey: .previousCursor)
            try container.encode(String(previousCursor), forKey: .previousCursorText)
        }
    }

    private static let pageMax = 5000
    /// Cursors look like nothing a client could have counted out.
    private static let cursorBase = 1_300_794_057_949_944_000

    let services: Services

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let parameters = Dictionary(
            request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        guard let cursor = Int(parameters["cursor", default: "-1"]),
            let offset = Self.offset(of: cursor),
            let count = Int(parameters["count", default: String(Self.pageMax)]), count > 0
        else {
            return HTTPResponse(
                status: 400, body: #"{"errors":[{"code":44,"message":"parameter is invalid"}]}"#)
        }
        let friends = services.friends.access { $0 }
        let length = min(count, Self.pageMax, services.settings.friendsPerPage)
        let end = min(offset + length, friends.ids.count)
        let page = (min(offset, end)..<end).filter { !friends.isSuspended($0) }
            .map { friends.ids[$0] }
        let isText = parameters["stringify_ids"] == "true"
        var response = HTTPResponse(
            json: Page(
                ids: isText ? .strings(page.map(String.init)) : .numbers(page),
                nextCursor: end < friends.ids.count ? Self.cursorBase + end : 0,
                previousCursor: offset > 0 ? -(Self.cursorBase + max(0, offset - length)) : 0))
        response.headers = [("x-rate-limit-limit", "15"), ("x-rate-limit-remaining", "14")]
        return response
    }

    private static func offset(of cursor: Int) -> Int? {
        if cursor == -1 { return 0 }
        let offset = abs(cursor) - cursorBase
        return offset >= 0 ? offset : nil
    }
}
