import Crypto
import Shared

/// Where a stream is, what is asked of it, and what to expect of its server.
struct StreamEndpoint: Sendable {
    /// X sends a keep-alive at least every 20 s, and it is often a little late: one and a half
    /// times that.
    static let stallTimeoutV2 = Duration.seconds(30)
    /// v1.1 sends one every 30 s and advises to wait for three.
    static let stallTimeoutV1 = Duration.seconds(90)
    /// Of a server that is not known: longer than the 70 s of the slowest keep-alive documented.
    static let stallTimeoutNDJSON = Duration.seconds(90)

    var kind: StreamKind
    var method = StreamRequest.Method.get
    var url: StreamURL
    var form: [StreamParameter] = []
    var acceptsGzip = false
    var terminator: LineFramer.Terminator
    /// How long a connection may stay without any byte, keep-alives included.
    var stallTimeout: Duration
    var credential: StreamCredential
    /// Where other endpoints are; nil for where the stream is.
    var apiURL: StreamURL?
    /// A file of certificates in PEM to trust instead of the system's.
    var certificateAuthorities: String?
    /// Whether the posts of a gap may be asked for (X Enterprise).
    var allowsBackfill = false
    /// How long it may stay without any line, keep-alives aside, until somebody should look.
    var quietMax = StreamEndpoint.quietMaxDefault

    /// Of a stream whose rules match at all; longer than the calm of a night.
    static let quietMaxDefault = Duration.seconds(3600)

    /// A request for one attempt.
    ///
    /// - Parameters:
    ///   - time: our wall clock; the attempt's correction is added where the request is signed.
    ///   - nonce: used once.
    func request(for attempt: StreamAttempt, time: Timestamp, nonce: String) -> StreamRequest {
        var request = StreamRequest(
            method: method, url: url, form: form, acceptsGzip: acceptsGzip,
            certificateAuthorities: certificateAuthorities)
        if let minutes = attempt.backfillMinutes {
            request.url = url.replacing(StreamParameter("backfill_minutes", String(minutes)))
        }
        switch credential {
        case .anonymous:
            break
        case .bearer(let token):
            request.authorization = Secret("Bearer " + token.revealed)
        case .header(let name, let value):
            request.authorizationName = name
            request.authorization = value
        case .oauth1(let credential):
            request.authorization = OAuth1Signer(credential: credential).authorization(
                for: request, nonce: nonce, time: time.advanced(by: attempt.clockCorrection))
        }
        return request
    }

    /// What of the endpoint decides which posts come: zones are compared only where it is equal.
    var selection: ContentDigest { digest(of: selectionText) }

    /// The same with the rules of a filtered stream: their values alone, since each app has other
    /// ids and may have other tags.
    func selection(rules: [String]) -> ContentDigest {
        let rules = Set(rules).map { PercentEncoding.encode($0) }.sorted()
        return digest(of: ([selectionText] + rules).joined(separator: "\n"))
    }

    private var selectionText: String {
        let parameters = (url.parameters + form).map(\.encoded).sorted().joined(separator: "&")
        return "\(method.rawValue) \(url.path)?\(parameters)"
    }

    private func digest(of text: String) -> ContentDigest {
        ContentDigest(bytes: Array(SHA256.hash(data: Array(text.utf8))))
    }

    /// A request of now, with a fresh nonce.
    func request(for attempt: StreamAttempt) -> StreamRequest {
        request(for: attempt, time: Timestamp.now, nonce: OAuth1Signer.randomNonce())
    }

    /// The span of the past that X re-streams before it ends the stream by itself; nil for a stream
    /// that goes on.
    var recovery: SegmentManifest.ReceivedSpan? {
        func time(_ name: String) -> Timestamp? {
            url.parameters.first { $0.name == name }.flatMap { Timestamp($0.value) }
        }
        guard kind == .filtered, let first = time("start_time"), let last = time("end_time"),
            first <= last
        else { return nil }
        return SegmentManifest.ReceivedSpan(first: first, last: last)
    }

    /// What the API calls the stream in ``ConnectionListing``; nil where there is no such list.
    var listedName: String? {
        switch kind {
        case .filtered: "filtered_stream"
        case .sampled: "sample_stream"
        case .legacy, .ndjson, .standardInput: nil
        }
    }

    /// Asks who is connected with our credential.
    var inquiry: StreamRequest? {
        guard listedName != nil, case .bearer(let token) = credential,
            let url = try? StreamURL((apiURL ?? url).origin + Self.connectionsPath)
        else { return nil }
        return StreamRequest(
            url: url, authorization: Secret("Bearer " + token.revealed),
            certificateAuthorities: certificateAuthorities)
    }

    private static let connectionsPath =
        "/2/connections?status=active&max_results=100"
        + "&connection.fields=client_ip,connected_at,endpoint_name,id"
}
