import Shared

/// The accounts that an account follows, from v2 `users/:id/following`.
struct FollowedAccounts: Sendable {
    /// What a page holds at most.
    static let pageMax = 1000
    /// A million accounts: more than the rules of any plan hold. Tokens may never end.
    static let pagesMax = 1000

    private static let subject = "followed accounts"

    let api: APIClient

    /// - Parameter user: a screen name, with or without `@`.
    /// - Returns: their ids, ascending.
    func ids(of user: String) async throws -> [Int64] {
        let name = try FollowList.screenName(user)
        let found: Lookup = try await api.get(
            "/2/users/by/username/\(name)", subject: Self.subject)
        guard let account = found.data?.id else {
            throw StreamError(
                .misconfigured,
                "\(Self.subject): there is no account \"\(name)\": check TWITTER_USER")
        }
        var ids: Set<Int64> = []
        var token: String?
        for _ in 1...Self.pagesMax {
            let page = try await page(of: account, token)
            ids.formUnion(page.ids)
            token = page.next
            if token == nil { break }
        }
        guard token == nil, !ids.isEmpty else {
            throw StreamError(
                .unreadableAnswer,
                "\(Self.subject): "
                    + (ids.isEmpty
                        ? "TWITTER_USER \(name) follows nobody: it must follow at least one account"
                        : "the list of \(name) has no end after \(Self.pagesMax) pages"))
        }
        return ids.sorted()
    }

    private func page(
        of account: String, _ token: String?
    ) async throws -> (ids: [Int64], next: String?) {
        let query =
            [StreamParameter("max_results", String(Self.pageMax))]
            + (token.map { [StreamParameter("pagination_token", $0)] } ?? [])
        let page: Page = try await api.get(
            "/2/users/\(PercentEncoding.encode(account))/following", query, subject: Self.subject)
        // An answer that holds errors alone must not pass for an empty page.
        guard page.data != nil || page.meta != nil else {
            throw StreamError(
                .unreadableAnswer, "\(Self.subject): a page has neither data nor meta")
        }
        let ids = try (page.data ?? []).map { user in
            guard let id = Int64(user.id), id > 0 else {
                throw StreamError(
                    .unreadableAnswer, "\(Self.subject): an account id is no positive number")
            }
            return id
        }
        return (ids, page.meta?.next)
    }

    private struct User: Decodable {
        var id: String
    }

    private struct Lookup: Decodable {
        var data: User?
    }

    private struct Page: Decodable {
        struct Meta: Decodable {
            var next: String?

            enum CodingKeys: String, CodingKey {
                case next = "next_token"
            }
        }

        var data: [User]?
        var meta: Meta?
    }
}
