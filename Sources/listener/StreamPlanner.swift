import Logging
import Shared

/// Finds out what to listen to: at the start, and again while it goes on.
struct StreamPlanner: Sendable {
    let configuration: ListenerConfiguration
    let client: HTTPClient
    let logger: Logger
    /// Of whom the account followed; nil where nothing is remembered.
    var memory: StreamMemory?

    /// How long the start of capture may be held up by the rules endpoint.
    static let patience = Duration.seconds(5)
    /// Between two attempts to read the follow list at the start: what X publishes for HTTP errors,
    /// and within its 15 requests in 15 minutes.
    static let backoff = Backoff(floor: .seconds(5), ceiling: .seconds(320))

    private var settings: Settings { configuration.settings }

    /// Whether what comes depends on something that may change meanwhile.
    var isRefreshed: Bool {
        configuration.source == .filtered || configuration.source == .legacy
    }

    /// What to begin with. Without a follow list nothing can be asked for, so it is waited for where
    /// none is remembered; the rules only say what to expect, and capture begins without them.
    func first() async throws -> StreamPlan {
        switch configuration.source {
        case .standardInput: return .standardInput
        case .legacy: return try await followedInTheEnd()
        case .filtered: break
        case .sampled, .ndjson:
            let endpoint = try endpoint()
            return StreamPlan(endpoint, selection: endpoint.selection)
        }
        let endpoint = try endpoint()
        var api = try api()
        api.patience = Self.patience
        do {
            let rules = try await RulesEndpoint(api: api).list()
            return StreamPlan(endpoint, selection: endpoint.selection(rules: rules.map(\.value)))
        } catch {
            logger.warning("\(error): capturing all the same; the rules are read when it answers")
            return StreamPlan(endpoint, selection: nil)
        }
    }

    /// What to go on with; only where ``isRefreshed``.
    func next() async throws -> StreamPlan {
        guard configuration.source == .filtered else { return try await followed() }
        await syncRules()
        let endpoint = try endpoint()
        let rules = try await RulesEndpoint(api: try api()).list()
        return StreamPlan(endpoint, selection: endpoint.selection(rules: rules.map(\.value)))
    }

    /// What is known of `plan` where ``next()`` fails: the request stays; rules may have changed.
    func unanswered(_ plan: StreamPlan) -> StreamPlan {
        var plan = plan
        if configuration.source == .filtered { plan.facts.selection = nil }
        return plan
    }

    // MARK: v2

    /// The owner of the app's rules; nil where TWITTER_USER is not set.
    func rulesOwner() throws -> RulesOwner? {
        guard let user = configuration.twitterUser else { return nil }
        return RulesOwner(
            endpoint: RulesEndpoint(api: try api()), user: user,
            packing: configuration.rulePacking,
            tag: StreamRule.tag(of: configuration.streamName))
    }

    func api() throws -> APIClient {
        let url =
            try configuration.apiURL ?? configuration.streamURL.map { try StreamURL($0).origin }
            ?? APIClient.url
        return APIClient(
            api: try StreamURL(url, from: "LISTENER_API_URL"),
            bearer: try secret("LISTENER_BEARER_TOKEN"), send: { try await client.send($0) })
    }

    private func syncRules() async {
        guard configuration.ownsRules else { return }
        do {
            guard let done = try await rulesOwner()?.sync(), !done.isEmpty else { return }
            logger.info("rules: \(done.add.count) added, \(done.delete.count) deleted")
        } catch {
            logger.warning("\(error): the rules stay as they are")
        }
    }

    // MARK: v1.1

    private func followedInTheEnd() async throws -> StreamPlan {
        var generator = SystemRandomNumberGenerator()
        var attempt = 0
        while true {
            do {
                return try await followed()
            } catch let error as any OperatorError {
                if let remembered = try remembered() {
                    logger.error("\(error): the accounts that were followed last are asked for")
                    return remembered
                }
                guard error.disposition == .retry else { throw error }
                attempt += 1
                let delay = Self.backoff.delay(attempt: attempt, using: &generator)
                logger.warning(
                    "\(error): capture begins when it answers: next attempt in \(delay.readable)")
                try await Task.sleep(for: delay)
            }
        }
    }

    private func followed() async throws -> StreamPlan {
        let credential = try OAuth1Credential(settings)
        let user = try followingUser()
        let url =
            try configuration.apiURL ?? configuration.streamURL.map { try StreamURL($0).origin }
            ?? FollowList.apiURL
        let list = try await FollowList.followed(
            by: user, api: StreamURL(url, from: "LISTENER_API_URL"), credential: credential
        ) { request in
            let response = try await client.send(HTTPRequest(request))
            let headers = response.headers.fields.map { (name: $0.name, value: $0.value) }
            return (response.status, headers, response.body)
        }
        if list.isCut {
            logger.warning(
                """
                follow list: \(user) follows more than statuses/filter takes: only the \
                \(list.ids.count) accounts followed last are followed
                """)
        }
        let plan = try plan(following: list.ids)
        memory?.noteFollowed(list.ids, by: user)
        return plan
    }

    /// A list that is some days old is better than no stream.
    private func remembered() throws -> StreamPlan? {
        try memory?.followed(by: followingUser()).map { try plan(following: $0) }
    }

    private func followingUser() throws -> String { try settings.required("TWITTER_USER") }

    private func plan(following ids: [Int64]) throws -> StreamPlan {
        let endpoint = try adjusted(
            .legacy(
                url: configuration.streamURL, credential: OAuth1Credential(settings), follow: ids))
        return StreamPlan(endpoint, selection: endpoint.selection)
    }

    // MARK: Endpoints

    /// Of the sources that need nothing to be asked for.
    func endpoint() throws -> StreamEndpoint {
        let url = configuration.streamURL
        switch configuration.source {
        case .filtered:
            return try adjusted(.filtered(url: url, bearer: secret("LISTENER_BEARER_TOKEN")))
        case .sampled:
            return try adjusted(.sampled(url: url, bearer: secret("LISTENER_BEARER_TOKEN")))
        case .ndjson:
            var endpoint = try adjusted(.ndjson(url: settings.required("LISTENER_STREAM_URL")))
            endpoint.credential = configuration.ndjsonCredential
            return endpoint
        case .legacy, .standardInput:
            preconditionFailure("\(configuration.source) has no endpoint of its own")
        }
    }

    /// With what is the operator's to say of any stream.
    private func adjusted(_ endpoint: StreamEndpoint) throws(StreamError) -> StreamEndpoint {
        var endpoint = endpoint
        if let timeout = configuration.stallTimeout { endpoint.stallTimeout = timeout }
        if let url = configuration.apiURL {
            endpoint.apiURL = try StreamURL(url, from: "LISTENER_API_URL")
        }
        endpoint.quietMax = configuration.quietAlarm
        endpoint.certificateAuthorities = configuration.certificateAuthorities
        endpoint.allowsBackfill =
            configuration.allowsBackfill && endpoint.recovery == nil
            && (endpoint.kind == .filtered || endpoint.kind == .sampled)
        return endpoint
    }

    private func secret(_ name: String) throws -> Secret {
        Secret(try settings.required(name))
    }
}

extension OAuth1Credential {
    init(_ settings: Settings) throws(ConfigurationError) {
        self.init(
            consumerKey: try settings.required("CONSUMER_KEY"),
            consumerSecret: Secret(try settings.required("CONSUMER_SECRET")),
            accessToken: try settings.required("ACCESS_TOKEN"),
            accessTokenSecret: Secret(try settings.required("ACCESS_TOKEN_SECRET")))
    }
}

extension HTTPRequest {
    /// The same request for the client that answers once.
    init(_ request: StreamRequest) {
        self.init(request.method == .get ? .get : .post, request.url.text)
        if let authorization = request.authorization {
            headers[request.authorizationName] = authorization.revealed
        }
        guard !request.form.isEmpty else { return }
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = .bytes(Array(request.form.map(\.encoded).joined(separator: "&").utf8))
    }
}
