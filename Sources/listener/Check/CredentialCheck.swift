import Logging
import Shared

/// Asks the stream's server whether it knows the credentials, and what time it has, without opening
/// the stream: that could end the connection of a listener that uses them.
struct CredentialCheck {
    let configuration: ListenerConfiguration

    private static let name = "stream"
    /// Kept short, since somebody waits for it.
    private static let patience = Duration.seconds(15)
    /// Signed requests are refused beyond some minutes.
    static let clockOffsetMax = Duration.seconds(60)

    func run() async -> [CheckReport.Finding] {
        do {
            switch configuration.source {
            case .standardInput:
                return [.skipped(Self.name, "standard input has no server")]
            case .ndjson:
                return try await connect()
            case .filtered:
                return try await ask("/2/tweets/search/stream/rules", Self.bearer(configuration))
            case .sampled:
                return try await ask("/2/connections", Self.bearer(configuration))
            case .legacy:
                let credential = try OAuth1Credential(configuration.settings)
                return try await ask(
                    "/1.1/account/verify_credentials.json", .oauth1(credential))
            }
        } catch {
            return [.failed(Self.name, "\(error)")]
        }
    }

    private static func bearer(_ configuration: ListenerConfiguration) throws -> StreamCredential {
        .bearer(Secret(try configuration.settings.required("LISTENER_BEARER_TOKEN")))
    }

    private var origin: String {
        get throws {
            if let url = configuration.apiURL {
                return try StreamURL(url, from: "LISTENER_API_URL").origin
            }
            if let url = configuration.streamURL { return try StreamURL(url).origin }
            return configuration.source == .legacy
                ? FollowList.apiURL : try StreamURL(StreamEndpoint.filteredURL).origin
        }
    }

    private func ask(
        _ path: String, _ credential: StreamCredential
    ) async throws -> [CheckReport.Finding] {
        let endpoint = StreamEndpoint(
            kind: configuration.source, url: try StreamURL(origin + path), terminator: .crlf,
            stallTimeout: Self.patience, credential: credential)
        let request = endpoint.request(for: StreamAttempt(clockCorrection: .zero))
        try request.checkConfidentiality()
        var sent = HTTPRequest(request)
        sent.timeouts.total = Self.patience
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await configuration.makeClient().send(sent)
        } catch {
            return [
                .failed(
                    Self.name, "\(error)",
                    fix: "check the network, a proxy, and LISTENER_STREAM_URL")
            ]
        }
        let head = StreamResponseHead(
            status: response.status,
            headers: response.headers.fields.map { (name: $0.name, value: $0.value) })
        return [
            verdict(head, response, of: request, settings: credential.settings),
            Self.clock(head.clockOffset(at: .now)),
        ].compactMap { $0 }
    }

    private func verdict(
        _ head: StreamResponseHead, _ response: HTTPResponse, of request: StreamRequest,
        settings: String
    ) -> CheckReport.Finding {
        if response.isSuccess {
            return .ok(Self.name, "\(request): the credentials are accepted")
        }
        var refusal = StreamRefusal(head: head, body: response.body, receivedAt: .now)
        refusal.detail = refusal.detail.map { request.redacting($0) }
        let words = "\(request): \(refusal)"
        let isUnknown = configuration.source == .sampled && [403, 404].contains(response.status)
        switch response.status {
        case _ where isUnknown:
            return .warning(
                Self.name, "\(words): credentials accepted? unknown",
                fix: "the server does not say it to this account; the start of the listener will")
        case 420, 429:
            return .warning(
                Self.name, "\(words): credentials accepted? unknown",
                fix: "too many requests with these credentials: check again later")
        default:
            return .failed(Self.name, words, fix: refusal.advice(credential: settings))
        }
    }

    static func clock(_ offset: Duration?) -> CheckReport.Finding? {
        guard let offset else { return nil }
        let words =
            "is \(offset.magnitude.readable) "
            + (offset < .zero ? "ahead of the server's" : "behind the server's")
        guard offset.magnitude > clockOffsetMax else { return .ok("clock", "ours \(words)") }
        return .warning("clock", "ours \(words)", fix: "set the clock, such as with chrony")
    }

    // MARK: Any other stream

    /// An unknown server has nothing but the stream: it is opened as far as its headers.
    private func connect() async throws -> [CheckReport.Finding] {
        let endpoint = try StreamPlanner(
            configuration: configuration, client: configuration.makeClient(),
            logger: Logger(label: ListenerProgram.name)
        ).endpoint()
        return await BlockingCall.run { Self.open(endpoint) }
    }

    private static func open(_ endpoint: StreamEndpoint) -> [CheckReport.Finding] {
        let source = CurlStreamSource(endpoint, userAgent: ListenerProgram.software)
        defer { source.close() }
        let deadline = ContinuousClock.now.advanced(by: patience)
        let address = endpoint.url.withoutQuery
        while true {
            switch source.next(until: deadline) {
            case .connected(let opening):
                return [
                    .ok(name, "\(address): answers 200; closed again"), clock(opening.clockOffset),
                ].compactMap { $0 }
            case .remark(let remark):
                return [.failed(name, remark.message, fix: "check LISTENER_STREAM_URL")]
            case .failed(let error):
                return [.failed(name, "\(error)")]
            case .idle:
                return [
                    .failed(
                        name, "\(address): no answer in \(patience.readable)",
                        fix: "check the network, and LISTENER_STREAM_URL")
                ]
            case .woken, .bytes, .disconnected, .replaced, .ended:
                continue
            }
        }
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
