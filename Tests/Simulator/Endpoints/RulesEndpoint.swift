import Foundation

/// `GET` and `POST /2/tweets/search/stream/rules`.
struct RulesEndpoint {
    private struct Order: Decodable {
        struct Rule: Decodable {
            var value: String
            var tag: String?
        }

        struct Deletion: Decodable {
            var ids: [String]?
            var values: [String]?
        }

        var add: [Rule]?
        var delete: Deletion?
    }

    private struct Reply: Encodable {
        struct Summary: Encodable {
            var created: Int?
            var notCreated: Int?
            var valid: Int?
            var invalid: Int?
            var deleted: Int?
            var notDeleted: Int?

            private enum CodingKeys: String, CodingKey {
                case created, valid, invalid, deleted
                case notCreated = "not_created"
                case notDeleted = "not_deleted"
            }
        }

        struct Meta: Encodable {
            var sent: String
            var summary: Summary?
            var resultCount: Int?
            var nextToken: String?

            private enum CodingKeys: String, CodingKey {
                case sent, summary
                case resultCount = "result_count"
                case nextToken = "next_token"
            }
        }

        struct Issue: Encodable {
            var value: String?
            var id: String?
            var details: [String]?
            var title: String
            var type: String
        }

        var data: [RuleBook.Rule]?
        var meta: Meta
        var errors: [Issue]?
    }

    private static let pageMax = 1000
    private static let types = "https://api.twitter.com/2/problems/"

    let services: Services
    let zone: String

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let query = Dictionary(
            request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        return request.method == "GET" ? list(query) : change(query, request.body)
    }

    private var sent: String {
        services.now.formatted(.iso8601.time(includingFractionalSeconds: true))
    }

    // MARK: Listing

    private func list(_ query: [String: String]) -> HTTPResponse {
        for (name, value) in query where !["ids", "max_results", "pagination_token"].contains(name)
        {
            return Problem.invalid(
                parameter: name, value: value, message: "The query parameter is not known")
        }
        let sizeText = query["max_results"] ?? String(Self.pageMax)
        guard let size = Int(sizeText), 1...Self.pageMax ~= size else {
            return Problem.invalid(
                parameter: "max_results", value: sizeText, message: "not between 1 and 1000")
        }
        let token = query["pagination_token"]
        guard let offset = token.map(PageToken.offset) ?? 0 else {
            return Problem.invalid(
                parameter: "pagination_token", value: token ?? "", message: "not a token")
        }
        var rules = services.rules.rules(of: zone)
        if let ids = query["ids"]?.split(separator: ",").map(String.init) {
            rules.removeAll { !ids.contains($0.id) }
        }
        let page = Array(rules.dropFirst(offset).prefix(size))
        let end = offset + page.count
        let next = end < rules.count ? PageToken.token(end) : nil
        return HTTPResponse(
            json: Reply(
                data: page.isEmpty ? nil : page,
                meta: .init(sent: sent, resultCount: page.count, nextToken: next)))
    }

    // MARK: Changing

    private func change(_ query: [String: String], _ body: [UInt8]) -> HTTPResponse {
        let isDryRun = Self.isTrue(query["dry_run"])
        if Self.isTrue(query["delete_all"]) {
            let deleted = services.rules.delete(from: zone, isDryRun: isDryRun) { _ in true }
            return deletionReply(deleted: deleted, notDeleted: 0)
        }
        guard let order = try? JSONDecoder().decode(Order.self, from: Data(body)) else {
            return Self.malformed
        }
        switch (order.add, order.delete) {
        case (let rules?, nil) where !rules.isEmpty:
            return add(rules.map { ($0.value, $0.tag) }, isDryRun: isDryRun)
        case (nil, let deletion?):
            return delete(deletion, isDryRun: isDryRun)
        default:
            return Self.malformed
        }
    }

    /// Python's clients write `True`.
    private static func isTrue(_ value: String?) -> Bool {
        value?.lowercased() == "true"
    }

    private static var malformed: HTTPResponse {
        Problem.invalid(
            parameter: "body", value: "", message: "expected exactly one of add and delete")
    }

    private func add(_ wanted: [(String, String?)], isDryRun: Bool) -> HTTPResponse {
        guard
            let additions = services.rules.add(wanted, to: zone, isDryRun: isDryRun)
        else {
            return HTTPResponse(
                status: 422, contentType: "application/problem+json",
                body: #"{"title":"RulesCapExceeded","detail":"Rule capacity has been reached.","#
                    + #""type":"\#(Self.types)rule-cap"}"#)
        }
        var created: [RuleBook.Rule] = []
        var issues: [Reply.Issue] = []
        var invalid = 0
        for addition in additions {
            switch addition {
            case .created(let rule):
                created.append(rule)
            case .duplicate(let value, let id):
                issues.append(
                    .init(
                        value: value, id: id, title: "DuplicateRule",
                        type: Self.types + "duplicate-rules"))
            case .invalid(let value, let reason):
                invalid += 1
                issues.append(
                    .init(
                        value: value, details: [reason], title: "UnprocessableEntity",
                        type: Self.types + "invalid-rules"))
            }
        }
        let summary = Reply.Summary(
            created: created.count, notCreated: additions.count - created.count,
            valid: additions.count - invalid, invalid: invalid)
        return HTTPResponse(
            status: created.isEmpty ? 200 : 201,
            json: Reply(
                data: created.isEmpty ? nil : created, meta: .init(sent: sent, summary: summary),
                errors: issues.isEmpty ? nil : issues))
    }

    private func delete(_ deletion: Order.Deletion, isDryRun: Bool) -> HTTPResponse {
        let wanted: Set<String>
        let deleted: Int
        switch (deletion.ids, deletion.values) {
        case (let ids?, nil) where !ids.isEmpty:
            wanted = Set(ids)
            deleted = services.rules.delete(from: zone, isDryRun: isDryRun) {
                wanted.contains($0.id)
            }
        case (nil, let values?) where !values.isEmpty:
            wanted = Set(values)
            deleted = services.rules.delete(from: zone, isDryRun: isDryRun) {
                wanted.contains($0.value)
            }
        default:
            return Self.malformed
        }
        return deletionReply(deleted: deleted, notDeleted: wanted.count - deleted)
    }

    private func deletionReply(deleted: Int, notDeleted: Int) -> HTTPResponse {
        let issue = Reply.Issue(
            title: "Invalid Request", type: Self.types + "invalid-request")
        return HTTPResponse(
            json: Reply(
                meta: .init(sent: sent, summary: .init(deleted: deleted, notDeleted: notDeleted)),
                errors: notDeleted > 0 ? [issue] : nil))
    }
}
