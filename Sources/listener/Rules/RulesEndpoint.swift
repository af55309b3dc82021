import Shared

/// `/2/tweets/search/stream/rules`: reads, adds and deletes the rules of an app.
struct RulesEndpoint: Sendable {
    /// What a page holds at most.
    static let pageMax = 1000
    /// A hundred thousand rules: four times an Enterprise plan's. Tokens may never end.
    static let pagesMax = 100
    /// Rules in one request to add or delete: small enough that a refusal names few.
    static let batch = 100

    private static let path = "/2/tweets/search/stream/rules"
    private static let subject = "rules"

    let api: APIClient

    /// All rules of the app, whoever made them.
    func list() async throws -> [StreamRule] {
        var rules: [StreamRule] = []
        var token: String?
        for _ in 1...Self.pagesMax {
            let query =
                [StreamParameter("max_results", String(Self.pageMax))]
                + (token.map { [StreamParameter("pagination_token", $0)] } ?? [])
            let page: Page = try await api.get(Self.path, query, subject: Self.subject)
            // An answer that holds errors alone must not pass for "no rules".
            guard page.data != nil || page.meta != nil else {
                throw StreamError(
                    .unreadableAnswer, "\(Self.subject): a page has neither data nor meta")
            }
            rules += page.data ?? []
            token = page.meta?.next
            if token == nil { return rules }
        }
        throw StreamError(
            .unreadableAnswer, "\(Self.subject): the list has no end after \(Self.pagesMax) pages")
    }

    /// - Parameter isDryRun: the server checks the rules and adds none.
    /// - Throws: where one is refused, except for being there already. Others may be in force then.
    func add(_ values: [String], tag: String, isDryRun: Bool) async throws {
        for batch in values.batches(of: Self.batch) {
            let order = AddOrder(add: batch.map { AddOrder.Rule(value: $0, tag: tag) })
            let reply: Reply = try await api.post(
                Self.path, isDryRun ? [StreamParameter("dry_run", "true")] : [], order,
                subject: Self.subject)
            let refused = (reply.errors ?? []).filter { !$0.isDuplicate }
            let missing =
                (reply.meta?.summary?.notCreated ?? 0) - (reply.errors?.count ?? 0)
            guard refused.isEmpty, missing <= 0 else {
                let first = refused.first.map { ": \($0.description)" } ?? ""
                throw StreamError(
                    .misconfigured,
                    "\(Self.subject): \(max(refused.count, missing)) of \(batch.count) rules were "
                        + "refused\(first): nothing is deleted")
            }
        }
    }

    /// - Returns: how many were deleted; the others were gone already.
    func delete(_ rules: [StreamRule]) async throws -> Int {
        var deleted = 0
        for batch in rules.batches(of: Self.batch) {
            let order = DeleteOrder(delete: DeleteOrder.Rules(ids: batch.map(\.id)))
            let reply: Reply = try await api.post(Self.path, [], order, subject: Self.subject)
            deleted += reply.meta?.summary?.deleted ?? 0
        }
        return deleted
    }

    private struct AddOrder: Encodable {
        struct Rule: Encodable {
            var value: String
            var tag: String
        }

        var add: [Rule]
    }

    private struct DeleteOrder: Encodable {
        struct Rules: Encodable {
            var ids: [String]
        }

        var delete: Rules
    }

    private struct Page: Decodable {
        struct Meta: Decodable {
            var next: String?

            enum CodingKeys: String, CodingKey {
                case next = "next_token"
            }
        }

        var data: [StreamRule]?
        var meta: Meta?
    }

    private struct Reply: Decodable {
        struct Summary: Decodable {
            var notCreated: Int?
            var deleted: Int?

            enum CodingKeys: String, CodingKey {
                case notCreated = "not_created"
                case deleted
            }
        }

        struct Meta: Decodable {
            var summary: Summary?
        }

        var meta: Meta?
        var errors: [RuleIssue]?
    }
}

extension Array {
    fileprivate func batches(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
