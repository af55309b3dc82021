import Shared

/// What a listener will listen to, once everything that had to be asked for is known.
struct StreamPlan: Sendable {
    enum Origin: Sendable {
        case endpoint(StreamEndpoint)
        case standardInput
    }

    var origin: Origin
    var facts: SegmentManifest.SourceFacts

    var terminator: LineFramer.Terminator {
        switch origin {
        case .endpoint(let endpoint): endpoint.terminator
        case .standardInput: .lf
        }
    }

    /// Asks for the follow list where the source needs one; otherwise nothing is sent.
    static func resolve(
        _ configuration: ListenerConfiguration, client: HTTPClient
    ) async throws -> StreamPlan {
        let kind = configuration.source
        guard kind != .standardInput else {
            return StreamPlan(
                origin: .standardInput, facts: SegmentManifest.SourceFacts(kind: kind.rawValue))
        }
        var endpoint = try await endpoint(configuration, client)
        try endpoint.apply(configuration)
        return StreamPlan(
            origin: .endpoint(endpoint),
            facts: SegmentManifest.SourceFacts(
                kind: kind.rawValue, url: endpoint.url.withoutQuery,
                selection: endpoint.selection.hex))
    }

    private static func endpoint(
        _ configuration: ListenerConfiguration, _ client: HTTPClient
    ) async throws -> StreamEndpoint {
        let settings = configuration.settings
        let url = configuration.streamURL
        switch configuration.source {
        case .filtered:
            return try .filtered(url: url, bearer: secret("LISTENER_BEARER_TOKEN", settings))
        case .sampled:
            return try .sampled(url: url, bearer: secret("LISTENER_BEARER_TOKEN", settings))
        case .legacy:
            let credential = try credential(settings)
            let list = try await followList(configuration, credential, client)
            return try .legacy(url: url, credential: credential, follow: list.ids)
        case .ndjson:
            let url = try settings.required("LISTENER_STREAM_URL")
            let token = settings.text("LISTENER_BEARER_TOKEN").map { Secret($0) }
            return try .ndjson(url: url, bearer: token)
        case .standardInput:
            preconditionFailure("standard input has no endpoint")
        }
    }

    private static func followList(
        _ configuration: ListenerConfiguration, _ credential: OAuth1Credential,
        _ client: HTTPClient
    ) async throws -> FollowList {
        let user = try configuration.settings.required("TWITTER_USER")
        let api =
            try configuration.apiURL ?? configuration.streamURL.map(originOfAPI)
            ?? FollowList.apiURL
        return try await FollowList.followed(
            by: user, api: StreamURL(api, from: "LISTENER_API_URL"), credential: credential
        ) { request in
            let response = try await client.send(HTTPRequest(request))
            let headers = response.headers.fields.map { (name: $0.name, value: $0.value) }
            return (response.status, headers, response.body)
        }
    }

    private static func originOfAPI(_ url: String) throws -> String {
        try StreamURL(url).origin
    }

    static func credential(_ settings: Settings) throws -> OAuth1Credential {
        OAuth1Credential(
            consumerKey: try settings.required("CONSUMER_KEY"),
            consumerSecret: try secret("CONSUMER_SECRET", settings),
            accessToken: try settings.required("ACCESS_TOKEN"),
            accessTokenSecret: try secret("ACCESS_TOKEN_SECRET", settings))
    }

    static func secret(_ name: String, _ settings: Settings) throws -> Secret {
        Secret(try settings.required(name))
    }

    /// Used from the capture thread alone from here on.
    ///
    /// - Parameter lastHeard: when an earlier run last heard the stream, if it is known.
    func makeSource(lastHeard: Timestamp? = nil) throws -> any StreamSource {
        switch origin {
        case .endpoint(let endpoint):
            CurlStreamSource(
                endpoint, userAgent: ListenerProgram.software,
                lastHeard: lastHeard.map { .now - max(.zero, $0.duration(to: .now)) })
        case .standardInput:
            try PipeStreamSource()
        }
    }
}

extension StreamEndpoint {
    /// What is the operator's to say of any stream.
    mutating func apply(_ configuration: ListenerConfiguration) throws(StreamError) {
        if let timeout = configuration.stallTimeout { stallTimeout = timeout }
        if let url = configuration.apiURL { apiURL = try StreamURL(url, from: "LISTENER_API_URL") }
        quietMax = configuration.quietAlarm
        certificateAuthorities = configuration.certificateAuthorities
        allowsBackfill =
            configuration.allowsBackfill && recovery == nil
            && (kind == .filtered || kind == .sampled)
    }
}

extension HTTPRequest {
    /// The same request for the client that answers once.
    init(_ request: StreamRequest) {
        self.init(request.method == .get ? .get : .post, request.url.text)
        if let authorization = request.authorization {
            headers["Authorization"] = authorization.revealed
        }
        guard !request.form.isEmpty else { return }
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = .bytes(Array(request.form.map(\.encoded).joined(separator: "&").utf8))
    }
}
