import Shared
import TestSupport
import Testing

@testable import listener

struct FollowedAccountsTests {
    private typealias Server = TestSupport.LoopbackServer

    private func ids(of user: String, _ server: Server) async throws -> [Int64] {
        let client = HTTPClient()
        return try await FollowedAccounts(
            api: APIClient(
                api: try StreamURL(server.url), bearer: Secret("AAAA"),
                send: { try await client.send($0) })
        ).ids(of: user)
    }

    /// Answers the lookup with `lookup` and pages with the rest, in order of their tokens.
    private func server(_ lookup: String, _ pages: [String] = []) -> Server {
        Server { request in
            guard request.target.contains("following") else { return Server.reply(200, lookup) }
            let token = request.target.split(separator: "pagination_token=").dropFirst().first
            return Server.reply(200, pages[token.flatMap { Int($0) } ?? 0])
        }
    }

    @Test func `an account is looked up by name and its pages read to the end`() async throws {
        let server = server(
            #"{"data":{"id":"77","name":"n","username":"u"}}"#,
            [
                #"{"data":[{"id":"30"},{"id":"9007199254740993"}],"meta":{"next_token":"1"}}"#,
                #"{"meta":{"result_count":0,"next_token":"2"}}"#,
                #"{"data":[{"id":"4"},{"id":"30"}],"meta":{"result_count":2}}"#,
            ])
        #expect(try await ids(of: "@some_user", server) == [4, 30, 9_007_199_254_740_993])
        #expect(
            server.requests.map(\.target) == [
                "/2/users/by/username/some_user", "/2/users/77/following?max_results=1000",
                "/2/users/77/following?max_results=1000&pagination_token=1",
                "/2/users/77/following?max_results=1000&pagination_token=2",
            ])
    }

    @Test func `an account that is not there is a setting to correct`() async throws {
        let server = server(#"{"errors":[{"title":"Not Found Error"}]}"#)
        let error = await #expect(throws: StreamError.self) { try await ids(of: "user", server) }
        #expect(error?.exitCode == .configuration)
        #expect(error?.message.contains("check TWITTER_USER") == true)
    }

    /// Each would take every rule away if it passed for a list.
    @Test(arguments: [
        #"{"meta":{"result_count":0}}"#, #"{"errors":[{"title":"Unavailable"}]}"#,
        #"{"data":[{"id":"x"}],"meta":{}}"#, "<html>",
    ])
    func `what is no list of accounts is an error`(page: String) async throws {
        let server = server(#"{"data":{"id":"77"}}"#, [page])
        let error = await #expect(throws: StreamError.self) { try await ids(of: "user", server) }
        #expect(error?.code == .unreadableAnswer)
    }
}
