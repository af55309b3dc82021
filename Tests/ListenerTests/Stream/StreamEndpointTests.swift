import Shared
import Testing

@testable import listener

struct StreamEndpointTests {
    private let credential = OAuth1Credential(
        consumerKey: "key", consumerSecret: Secret("consumer-secret"), accessToken: "token",
        accessTokenSecret: Secret("token-secret"))

    private func request(
        _ endpoint: StreamEndpoint, attempt: StreamAttempt = StreamAttempt()
    ) -> StreamRequest {
        endpoint.request(
            for: attempt, time: Timestamp(milliseconds: 1_000_000_000_000), nonce: "nonce")
    }

    @Test func `the filtered stream asks X for the fields that an archive needs`() throws {
        let endpoint = try StreamEndpoint.filtered(bearer: Secret("AAAA"))
        let request = request(endpoint)
        #expect(request.method == .get)
        #expect(request.url.withoutQuery == "https://api.x.com/2/tweets/search/stream")
        #expect(
            request.url.parameters.map(\.name) == ["tweet.fields", "expansions", "user.fields"])
        #expect(request.url.parameters[0].value.split(separator: ",").contains("created_at"))
        #expect(request.authorization?.revealed == "Bearer AAAA")
        #expect(!request.acceptsGzip)
        #expect(endpoint.stallTimeout == .seconds(30))
    }

    @Test func `parameters in the configured URL are kept as they are`() throws {
        let url = "http://127.0.0.1:8080/2/tweets/search/stream?tweet.fields=id,text&extra=1"
        let request = request(try .filtered(url: url, bearer: Secret("AAAA")))
        #expect(request.url.text.hasPrefix(url + "&expansions="))
        #expect(request.url.parameters.filter { $0.name == "tweet.fields" }.count == 1)
    }

    @Test func `the sampled stream differs in its path`() throws {
        let request = request(try .sampled(bearer: Secret("AAAA")))
        #expect(request.url.withoutQuery == "https://api.x.com/2/tweets/sample/stream")
    }

    @Test func `back-fill is asked for only where an attempt says so`() throws {
        let endpoint = try StreamEndpoint.filtered(bearer: Secret("AAAA"))
        let request = request(endpoint, attempt: StreamAttempt(backfillMinutes: 3))
        #expect(request.url.parameters.last == StreamParameter("backfill_minutes", "3"))
        #expect(!self.request(endpoint).url.text.contains("backfill"))
    }

    @Test func `v1 posts its follow list, signed, and takes gzip`() throws {
        let endpoint = try StreamEndpoint.legacy(credential: credential, follow: [12, 7, 30])
        let request = request(endpoint)
        #expect(request.method == .post)
        #expect(request.url.text == "https://stream.twitter.com/1.1/statuses/filter.json")
        #expect(request.form.encoded == "follow=12%2C7%2C30&stall_warnings=true")
        #expect(request.acceptsGzip)
        #expect(endpoint.stallTimeout == .seconds(90))
        let header = try #require(request.authorization?.revealed)
        #expect(header.contains("oauth_timestamp=\"1000000000\""))
        #expect(header.contains("oauth_nonce=\"nonce\""))
    }

    @Test func `the server's time is signed where ours was refused`() throws {
        let endpoint = try StreamEndpoint.legacy(credential: credential, follow: [12])
        let request = request(endpoint, attempt: StreamAttempt(clockCorrection: .seconds(-500)))
        #expect(request.authorization?.revealed.contains("\"999999500\"") == true)
    }

    @Test func `each request of an endpoint is signed with a nonce of its own`() throws {
        let endpoint = try StreamEndpoint.legacy(credential: credential, follow: [12])
        let first = endpoint.request(for: StreamAttempt()).authorization?.revealed
        let second = endpoint.request(for: StreamAttempt()).authorization?.revealed
        #expect(first != second)
    }

    @Test func `the list of connections is asked for where the API is, with the token`() throws {
        var endpoint = try StreamEndpoint.filtered(
            url: "https://stream.example/2/tweets/search/stream?x=1", bearer: Secret("AAAA-token"))
        #expect(
            endpoint.inquiry?.url.withoutQuery == "https://stream.example/2/connections")
        endpoint.apiURL = try StreamURL("https://api.example/", from: "LISTENER_API_URL")
        #expect(endpoint.inquiry?.url.withoutQuery == "https://api.example/2/connections")
        #expect(endpoint.inquiry?.authorization?.revealed == "Bearer AAAA-token")
        #expect(endpoint.inquiry?.method == .get)
    }

    @Test func `v1 and other streams have no list of connections`() throws {
        #expect(
            try StreamEndpoint.legacy(credential: credential, follow: [12]).inquiry == nil)
        #expect(
            try StreamEndpoint.ndjson(
                url: "https://stream.example/", bearer: Secret("AAAA-token")
            ).inquiry == nil)
    }

    @Test(arguments: [
        ("", LineFramer.Terminator.crlf), ("?delimited=length", .delimitedCRLF),
        ("?delimited=no", .crlf),
    ])
    func `lengths are expected where they were asked for`(
        query: String, terminator: LineFramer.Terminator
    ) throws {
        let url = "https://stream.example/1.1/statuses/filter.json" + query
        let endpoint = try StreamEndpoint.legacy(url: url, credential: credential, follow: [12])
        #expect(endpoint.terminator == terminator)
    }

    @Test(arguments: [
        "", "?start_time=2026-11-22T10:00:00Z", "?start_time=noon&end_time=midnight",
        "?start_time=2026-11-22T10:00:00Z&end_time=2026-11-22T09:00:00Z",
    ])
    func `a stream without a span in order goes on for ever`(query: String) throws {
        let url = "https://stream.example/2/tweets/search/stream" + query
        #expect(try StreamEndpoint.filtered(url: url, bearer: Secret("AAAA")).recovery == nil)
    }

    @Test(arguments: [0, 5_001])
    func `a follow list that the server would refuse is refused here`(count: Int) {
        let error = #expect(throws: StreamError.self) {
            try StreamEndpoint.legacy(credential: credential, follow: (0..<count).map(Int64.init))
        }
        #expect(error?.code == .misconfigured)
    }

    @Test func `other streams need no credential and end lines at LF`() throws {
        let endpoint = try StreamEndpoint.ndjson(url: "http://example.com/feed")
        #expect(request(endpoint).authorization == nil)
        #expect(endpoint.terminator == .lf)
    }

    @Test(arguments: [
        ("https://example.com/", true), ("http://127.0.0.1/", true), ("http://[::1]/", true),
        ("http://localhost/", true), ("http://example.com/", false), ("http://10.0.0.1/", false),
    ])
    func `credentials go over plain HTTP to loopback only`(url: String, isAllowed: Bool) throws {
        let request = request(try .ndjson(url: url, bearer: Secret("AAAA")))
        if isAllowed {
            try request.checkConfidentiality()
        } else {
            #expect(throws: StreamError.self) { try request.checkConfidentiality() }
        }
        try self.request(.ndjson(url: url)).checkConfidentiality()
    }

    @Test func `nothing that describes a request or an endpoint shows a secret`() throws {
        let endpoints = [
            try StreamEndpoint.ndjson(
                url: "https://example.com/?key=hidden", bearer: Secret("hidden")),
            try StreamEndpoint.legacy(credential: credential, follow: [12]),
        ]
        for endpoint in endpoints {
            var text = "\(request(endpoint)) \(String(reflecting: request(endpoint)))"
            dump(request(endpoint), to: &text)
            dump(endpoint.credential, to: &text)
            #expect(!text.contains("hidden"))
            #expect(!text.contains("-secret"))
            #expect(!text.contains("oauth_signature"))
        }
    }

    @Test func `the selection tells follow lists and parameters apart, not credentials`() throws {
        let other = OAuth1Credential(
            consumerKey: "another", consumerSecret: Secret("a"), accessToken: "b",
            accessTokenSecret: Secret("c"))
        let first = try StreamEndpoint.legacy(credential: credential, follow: [1, 2])
        #expect(
            try first.selection
                == StreamEndpoint.legacy(credential: other, follow: [1, 2]).selection)
        #expect(
            try first.selection
                != StreamEndpoint.legacy(credential: credential, follow: [1, 3]).selection)
    }
}
