import Shared
import TestSupport
import Testing

@testable import listener

/// The rules endpoint against servers that answer exactly this. A whole server is the simulator's
/// part, end to end.
struct RulesEndpointTests {
    private typealias Server = TestSupport.LoopbackServer

    private func endpoint(_ server: Server, patience: Duration = .seconds(20)) throws
        -> RulesEndpoint
    {
        let client = HTTPClient()
        return RulesEndpoint(
            api: APIClient(
                api: try StreamURL(server.url), bearer: Secret("AAAA-secret-token"),
                patience: patience, send: { try await client.send($0) }))
    }

    private func error(
        _ status: Int, _ body: String, _ call: (RulesEndpoint) async throws -> Void
    ) async throws -> StreamError? {
        let server = Server { _ in Server.reply(status, body) }
        let endpoint = try endpoint(server)
        let error = await #expect(throws: StreamError.self) { try await call(endpoint) }
        #expect(!server.requests.isEmpty)
        return error
    }

    @Test func `pages are read to the end, and fields that nobody knows are no matter`()
        async throws
    {
        let server = Server { request in
            request.target.contains("pagination_token=t%20%2B")
                ? Server.reply(200, #"{"data":[{"id":"2","value":"b","tag":"x"}],"meta":{}}"#)
                : Server.reply(
                    200,
                    #"{"data":[{"id":"1","value":"a","more":[1]}],"new":0,"#
                        + #""meta":{"result_count":1,"next_token":"t +"}}"#)
        }
        let rules = try await endpoint(server).list()
        #expect(
            rules == [
                StreamRule(id: "1", value: "a"), StreamRule(id: "2", value: "b", tag: "x"),
            ])
        #expect(server.requests.count == 2)
        #expect(server.requests[0].target == "/2/tweets/search/stream/rules?max_results=1000")
        #expect(server.requests[0]["Authorization"] == "Bearer AAAA-secret-token")
    }

    @Test func `an app without rules has none, but errors alone are no empty list`() async throws {
        let server = Server { _ in Server.reply(200, #"{"meta":{"result_count":0}}"#) }
        #expect(try await endpoint(server).list().isEmpty)
        let error = try await error(200, #"{"errors":[{"title":"Unavailable"}]}"#) {
            _ = try await $0.list()
        }
        #expect(error?.code == .unreadableAnswer)
    }

    @Test func `values go out with the tag, a hundred at a time`() async throws {
        let server = Server { _ in Server.reply(201, #"{"meta":{"summary":{"created":1}}}"#) }
        try await endpoint(server).add(
            (1...101).map { "from:\($0)" }, tag: "tributary:s", isDryRun: false)
        #expect(
            server.requests.map(\.target) == [
                "/2/tweets/search/stream/rules", "/2/tweets/search/stream/rules",
            ])
        let second = String(decoding: server.requests[1].body, as: UTF8.self)
        #expect(second == #"{"add":[{"tag":"tributary:s","value":"from:101"}]}"#)
    }

    @Test func `a dry run says so, and duplicates are in force already`() async throws {
        let server = Server { _ in
            Server.reply(
                200,
                #"{"meta":{"summary":{"created":0,"not_created":1}},"errors":[{"value":"a","#
                    + #""id":"5","title":"DuplicateRule","type":"https://x/duplicate-rules"}]}"#)
        }
        try await endpoint(server).add(["a"], tag: "t", isDryRun: true)
        #expect(server.requests.map(\.target) == ["/2/tweets/search/stream/rules?dry_run=true"])
    }

    @Test(arguments: [
        #"{"meta":{"summary":{"created":1,"not_created":1}},"errors":[{"value":"(a","#
            + #""title":"UnprocessableEntity","details":["no viable alternative"]}]}"#,
        #"{"meta":{"summary":{"created":1,"not_created":1}}}"#,
    ])
    func `a rule that is not taken is an error`(body: String) async throws {
        let error = try await error(201, body) {
            try await $0.add(["a", "(a"], tag: "t", isDryRun: false)
        }
        #expect(error?.message.hasPrefix("rules: 1 of 2 rules were refused") == true)
        #expect(error?.disposition == .halt)
    }

    @Test func `deleting counts what was there`() async throws {
        let server = Server { _ in
            Server.reply(200, #"{"meta":{"summary":{"deleted":1,"not_deleted":1}},"errors":[{}]}"#)
        }
        let rules = ["1", "2"].map { StreamRule(id: $0, value: "v\($0)") }
        #expect(try await endpoint(server).delete(rules) == 1)
        #expect(
            String(decoding: server.requests[0].body, as: UTF8.self)
                == #"{"delete":{"ids":["1","2"]}}"#)
    }

    @Test(arguments: [
        (401, Disposition.halt, ExitCode.configuration, "check LISTENER_BEARER_TOKEN"),
        (403, .halt, .configuration, "check that the app's plan includes this"),
        (422, .halt, .configuration, "more rules than the plan allows"),
        (429, .retry, .failed, "too many requests"), (503, .retry, .failed, "cannot serve it"),
    ])
    func `a refusal says what to do and shows no token`(
        status: Int, disposition: Disposition, exitCode: ExitCode, advice: String
    ) async throws {
        let body = #"{"title":"No","detail":"not with Bearer AAAA-secret-token"}"#
        let error = try await error(status, body) { _ = try await $0.list() }
        let text = try #require(error?.description)
        #expect(text.contains("refused with HTTP \(status) (No: not with <redacted>)"))
        #expect(text.contains(advice))
        #expect(!text.contains("AAAA-secret-token"))
        #expect(error?.disposition == disposition)
        #expect(error?.exitCode == exitCode)
    }

    @Test func `a server that stays silent is waited for no longer than the patience`()
        async throws
    {
        let server = Server { _ in [.hang] }
        let endpoint = try endpoint(server, patience: .milliseconds(200))
        let error = await #expect(throws: HTTPError.self) { _ = try await endpoint.list() }
        #expect(error?.code == .timedOut)
        #expect(error?.disposition == .retry)
        #expect(server.requests.count == 1)
    }
}
