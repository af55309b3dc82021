import Shared

extension StreamEndpoint {
    static let filteredURL = "https://api.x.com/2/tweets/search/stream"
    static let sampledURL = "https://api.x.com/2/tweets/sample/stream"
    static let legacyURL = "https://stream.twitter.com/1.1/statuses/filter.json"

    /// X API v2, posts that match the rules of the app.
    ///
    /// - Parameter url: nil for X's own. Parameters that it has are kept; those of
    ///   ``StreamFields`` that it lacks are added.
    static func filtered(
        url: String? = nil, bearer: Secret
    ) throws(StreamError) -> StreamEndpoint {
        try v2(.filtered, url: url ?? filteredURL, bearer: bearer)
    }

    /// X API v2, about 1 % of all posts. `url` as for ``filtered(url:bearer:)``.
    static func sampled(
        url: String? = nil, bearer: Secret
    ) throws(StreamError) -> StreamEndpoint {
        try v2(.sampled, url: url ?? sampledURL, bearer: bearer)
    }

    /// v1.1 `statuses/filter`: posts by, retweets of and replies to the accounts in `follow`.
    ///
    /// Sent by POST, since 5,000 ids do not fit into a URL; gzip, which the server flushes after
    /// each post, makes it a fifth of the size.
    static func legacy(
        url: String? = nil, credential: OAuth1Credential, follow: [Int64]
    ) throws(StreamError) -> StreamEndpoint {
        guard !follow.isEmpty else {
            throw StreamError(
                .misconfigured,
                "stream: the follow list is empty: TWITTER_USER must follow at least one account")
        }
        guard follow.count <= FollowList.idsMax else {
            throw StreamError(
                .misconfigured,
                "stream: the follow list has \(follow.count) accounts: statuses/filter takes "
                    + "\(FollowList.idsMax) at most")
        }
        let url = try StreamURL(url ?? legacyURL)
        let isDelimited = url.parameters.contains(StreamParameter("delimited", "length"))
        return StreamEndpoint(
            kind: .legacy,
            method: .post,
            url: url,
            form: [
                StreamParameter("follow", follow.map(String.init).joined(separator: ",")),
                StreamParameter("stall_warnings", "true"),
            ],
            acceptsGzip: true,
            terminator: isDelimited ? .delimitedCRLF : .crlf,
            stallTimeout: stallTimeoutV1,
            credential: .oauth1(credential))
    }

    /// Newline-delimited JSON from anywhere.
    static func ndjson(url: String, bearer: Secret? = nil) throws(StreamError) -> StreamEndpoint {
        StreamEndpoint(
            kind: .ndjson,
            url: try StreamURL(url),
            terminator: .lf,
            stallTimeout: stallTimeoutNDJSON,
            credential: bearer.map { .bearer($0) } ?? .anonymous)
    }

    private static func v2(
        _ kind: StreamKind, url: String, bearer: Secret
    ) throws(StreamError) -> StreamEndpoint {
        StreamEndpoint(
            kind: kind,
            url: try StreamURL(url).adding(StreamFields.parameters),
            terminator: .crlf,
            stallTimeout: stallTimeoutV2,
            credential: .bearer(bearer))
    }
}
