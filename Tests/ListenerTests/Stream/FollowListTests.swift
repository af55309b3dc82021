import Shared
import Testing

@testable import listener

struct FollowListTests {
    private let credential = OAuth1Credential(
        consumerKey: "key", consumerSecret: Secret("a"), accessToken: "token",
        accessTokenSecret: Secret("b"))

    /// Answers request `n` with the n-th of `answers`, and keeps what was asked.
    private actor Pages {
        var answers: [FollowList.Answer]
        var requests: [StreamRequest] = []

        init(_ answers: [FollowList.Answer]) {
            self.answers = answers
        }

        func answer(to request: StreamRequest) throws -> FollowList.Answer {
            requests.append(request)
            return answers.removeFirst()
        }
    }

    private func page(_ ids: [Int64], next: String) -> FollowList.Answer {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        let text = "{\"ids\":[\(list)],\"next_cursor\":\(next),\"next_cursor_str\":\"\(next)\"}"
        return (200, [], Array(text.utf8))
    }

    private func follow(_ user: String, _ pages: Pages) async throws -> FollowList {
        try await FollowList.followed(
            by: user, api: StreamURL(FollowList.apiURL), credential: credential,
            fetch: { try await pages.answer(to: $0) })
    }

    @Test func `pages are followed by their cursor to the end, even past an empty one`()
        async throws
    {
        let pages = Pages([
            page([30, 10], next: "77"), page([], next: "78"), page([20, 10], next: "0"),
        ])
        let list = try await follow("@some_user", pages)
        #expect(list.ids == [10, 20, 30])
        #expect(!list.isCut)
        let requests = await pages.requests
        #expect(
            requests.map { $0.url.parameters.first { $0.name == "cursor" }?.value } == [
                "-1", "77", "78",
            ])
        #expect(
            requests[0].url.text
                == "https://api.twitter.com/1.1/friends/ids.json?screen_name=some_user&cursor=-1"
                + "&count=5000&stringify_ids=true")
        #expect(requests.allSatisfy { $0.authorization?.revealed.hasPrefix("OAuth ") == true })
    }

    @Test func `of more than 5,000 accounts the newest are taken, and it is said`() async throws {
        let newest = (1...3_000).map { Int64($0 + 100_000) }
        let older = (1...3_000).map { Int64($0) }
        let pages = Pages([page(newest, next: "9"), page(older, next: "10")])
        let list = try await follow("user", pages)
        #expect(list.ids.count == 5_000)
        #expect(list.isCut)
        #expect(Set(list.ids).isSuperset(of: newest))
        #expect(await pages.requests.count == 2)
    }

    @Test func `exactly 5,000 accounts are not cut`() async throws {
        let list = try await follow("user", Pages([page((1...5_000).map { Int64($0) }, next: "0")]))
        #expect(list.ids.count == 5_000)
        #expect(!list.isCut)
    }

    @Test func `cursors that never end are given up after one window of requests`() async throws {
        let pages = Pages((1...15).map { page([Int64($0)], next: "\($0)") })
        let list = try await follow("user", pages)
        #expect(list.ids.count == 15)
        #expect(list.isCut)
    }

    @Test func `ids may be numbers`() async throws {
        let body = "{\"ids\":[9007199254740993,\"5\"],\"next_cursor_str\":\"0\"}"
        let list = try await follow("user", Pages([(200, [], Array(body.utf8))]))
        #expect(list.ids == [5, 9_007_199_254_740_993])
    }

    @Test func `a request refused for its time is repeated once with the server's`() async throws {
        let skewed = [(name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT")]
        let pages = Pages([(401, skewed, []), page([1], next: "0")])
        #expect(try await follow("user", pages).ids == [1])
        let signed = await pages.requests[1].authorization?.revealed ?? ""
        // Half a second is added to the server's; the test may take a few.
        #expect(signed.contains("oauth_timestamp=\"7841117"))
    }

    @Test(arguments: [
        (401, "check CONSUMER_KEY, CONSUMER_SECRET, ACCESS_TOKEN and ACCESS_TOKEN_SECRET"),
        (404, "check TWITTER_USER"), (429, "the limit is 15 requests in 15 minutes"),
    ])
    func `a refusal says what to do`(status: Int, advice: String) async throws {
        let error = await #expect(throws: StreamError.self) {
            try await follow("user", Pages([(status, [], [])]))
        }
        #expect(
            error?.description.hasPrefix(
                "follow list: friends/ids of user refused with HTTP \(status): \(advice)") == true)
    }

    @Test(arguments: ["{}", "<html>", "{\"ids\":[\"x\"],\"next_cursor_str\":\"0\"}", ""])
    func `what is not a page of ids is an error`(body: String) async throws {
        let error = await #expect(throws: StreamError.self) {
            try await follow("user", Pages([(200, [], Array(body.utf8))]))
        }
        #expect(error?.code == .unreadableAnswer)
    }

    @Test(arguments: ["", "@", "a b", "sixteen_letters_", "user&x=1", "\u{e4}"])
    func `what is not a screen name is not asked for`(user: String) async throws {
        let pages = Pages([])
        let error = await #expect(throws: StreamError.self) { try await follow(user, pages) }
        #expect(error?.code == .misconfigured)
        #expect(await pages.requests.isEmpty)
    }
}
