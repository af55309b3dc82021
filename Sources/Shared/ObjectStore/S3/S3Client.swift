/// Sends calls to one bucket: addresses and signs them, and repeats those that may succeed later.
struct S3Client: Sendable {
    let configuration: S3Configuration
    let http: HTTPClient
    let credentials: CredentialCache
    let region: RegionCache
    let clock: S3Clock
    var retry = S3RetryPolicy()
    var timeouts = HTTPTimeouts()

    /// The reply to a call that succeeded, however many times it had to be sent.
    func send(_ request: S3Request) async throws(S3Failure) -> S3Reply {
        var repetition = S3Repetition(retry)
        while true {
            let attempt: Attempt
            do {
                attempt = try await prepare(request, replacing: repetition.expiredCredentials)
            } catch {
                throw repetition.failure(.preparation(error))
            }
            do {
                let response = try await http.send(attempt.request)
                return try Self.reply(response, to: request, sentAt: attempt.time)
            } catch {
                try await repetition.recover(
                    from: S3Failure.Cause(error), credentials: attempt.credentials, clock: clock)
            }
        }
    }

    private struct Attempt {
        var request: HTTPRequest
        var credentials: AWSCredentials
        /// What the request was signed with.
        var time: Timestamp
    }

    private func prepare(
        _ request: S3Request, replacing expired: AWSCredentials?
    ) async throws(ObjectStoreError) -> Attempt {
        let region = try await region.current()
        let credentials = try await credentials.current(replacing: expired)
        let address = S3Address(configuration, region: region, bucketKey: request.bucketKey)
        let time = clock.now
        let headers = S3Signer(region: region).headers(
            for: S3Signer.Request(
                method: request.method.rawValue, authority: address.authority,
                path: address.path, query: request.query, headers: request.headers,
                payload: request.payload),
            credentials: credentials, at: time)
        let sent = HTTPRequest(
            request.method, address.url(request.query), headers: headers, body: request.body,
            sink: request.sink, timeouts: timeouts)
        return Attempt(request: sent, credentials: credentials, time: time)
    }

    /// Tells a success from a refusal. Status 200 alone does not: its body may be an `<Error>`.
    private static func reply(
        _ response: HTTPResponse, to request: S3Request, sentAt time: Timestamp
    ) throws -> S3Reply {
        guard response.isSuccess else {
            throw S3Refusal(response, document: try? XMLReader.read(response.body), sentAt: time)
        }
        guard request.reply != .object, request.reply == .document || !response.body.isEmpty else {
            return S3Reply(response: response)
        }
        let document: XMLElement
        do {
            document = try XMLReader.read(response.body)
        } catch {
            if request.reply == .empty { return S3Reply(response: response) }
            throw error
        }
        guard document.name != "Error" else { throw S3Refusal(response, document: document) }
        return S3Reply(response: response, document: document)
    }
}

extension S3Failure.Cause {
    init(_ error: any Error) {
        switch error {
        case let error as HTTPError where error.code == .cancelled: self = .cancelled
        case let error as HTTPError: self = .transport(error)
        case let error as S3Refusal: self = .refusal(error)
        default: self = .nonsense(error)
        }
    }
}
