import FoundationEssentials
import Shared

/// The accounts that an account follows, from v1.1 `friends/ids`.
struct FollowList: Equatable, Sendable {
    /// What `statuses/filter` accepts in `follow`.
    static let idsMax = 5_000
    /// One window of `friends/ids`: 15 requests in 15 minutes. Suspended accounts are taken out of
    /// a page after it was cut, so short and even empty pages may come before the last.
    static let pagesMax = 15
    static let apiURL = "https://api.twitter.com"

    typealias Answer = (status: Int, headers: [(name: String, value: String)], body: [UInt8])
    typealias Fetch = (StreamRequest) async throws -> Answer

    /// Ascending, each once, so that the same list gives the same request.
    var ids: [Int64]
    /// Whether there were more than ``idsMax`` and only the newest were taken.
    var isCut: Bool

    /// - Parameters:
    ///   - user: a screen name, with or without `@`.
    ///   - api: the origin of the REST API.
    static func followed(
        by user: String, api: StreamURL, credential: OAuth1Credential, fetch: Fetch
    ) async throws -> FollowList {
        let name = try screenName(user)
        var session = Session(signer: OAuth1Signer(credential: credential))
        var found: [Int64] = []
        var cursor = "-1"
        for _ in 1...pagesMax {
            let request = try pageRequest(of: name, cursor: cursor, api: api)
            let page = try page(from: try await session.answer(to: request, fetch), user: name)
            found += page.ids
            guard page.next != "0", found.count <= idsMax else {
                return FollowList(found)
            }
            cursor = page.next
        }
        return FollowList(found, isCut: true)
    }

    /// Takes the first of `found`, which are the ones that were followed last.
    private init(_ found: [Int64], isCut: Bool = false) {
        var seen: Set<Int64> = []
        let unique = found.filter { seen.insert($0).inserted }
        ids = unique.prefix(Self.idsMax).sorted()
        self.isCut = isCut || unique.count > Self.idsMax
    }

    static func screenName(_ user: String) throws(StreamError) -> String {
        let name = user.hasPrefix("@") ? user.dropFirst() : user[...]
        guard (1...15).contains(name.utf8.count),
            name.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            })
        else {
            throw StreamError(
                .misconfigured,
                "follow list: TWITTER_USER \"\(user)\" is not a screen name: 1 to 15 letters, "
                    + "digits or _")
        }
        return String(name)
    }

    private static func pageRequest(
        of name: String, cursor: String, api: StreamURL
    ) throws(StreamError) -> StreamRequest {
        let url = try StreamURL(api.origin + "/1.1/friends/ids.json").adding([
            StreamParameter("screen_name", name),
            StreamParameter("cursor", cursor),
            StreamParameter("count", String(idsMax)),
            StreamParameter("stringify_ids", "true"),
        ])
        return StreamRequest(url: url)
    }

    private static func page(from answer: Answer, user: String) throws(StreamError) -> Page {
        guard answer.status == 200 else {
            throw StreamError(
                .refused(httpStatus: answer.status),
                "follow list: friends/ids of \(user) refused with HTTP \(answer.status): "
                    + advice(for: answer.status))
        }
        do {
            return try JSONDecoder().decode(Page.self, from: Data(answer.body))
        } catch {
            throw StreamError(
                .unreadableAnswer, "follow list: friends/ids of \(user) is not a page of ids",
                cause: error)
        }
    }

    private static func advice(for status: Int) -> String {
        switch status {
        case 401:
            "check CONSUMER_KEY, CONSUMER_SECRET, ACCESS_TOKEN and ACCESS_TOKEN_SECRET, that the "
                + "account is not protected, and the clock"
        case 404: "check TWITTER_USER"
        case 420, 429: "the limit is 15 requests in 15 minutes"
        case 500...: "the server cannot serve it at the moment"
        default: "check TWITTER_USER and the credentials"
        }
    }

    /// Signs and sends; a clock that is off is corrected once, by the server's.
    private struct Session {
        var signer: OAuth1Signer
        var clockCorrection = Duration.zero

        mutating func answer(to request: StreamRequest, _ fetch: Fetch) async throws -> Answer {
            let answer = try await fetch(try signed(request))
            let head = StreamResponseHead(status: answer.status, headers: answer.headers)
            guard answer.status == 401, clockCorrection == .zero,
                let offset = head.clockOffset(at: Timestamp.now),
                StreamStateMachine.isSkewed(by: offset)
            else { return answer }
            clockCorrection = offset
            return try await fetch(try signed(request))
        }

        private func signed(_ request: StreamRequest) throws(StreamError) -> StreamRequest {
            var request = request
            request.authorization = signer.authorization(
                for: request, nonce: OAuth1Signer.randomNonce(),
                time: Timestamp.now.advanced(by: clockCorrection))
            try request.checkConfidentiality()
            return request
        }
    }

    /// `{"ids":["1","2"],"next_cursor":0,"next_cursor_str":"0"}`. Servers that do not know
    /// `stringify_ids` send numbers.
    private struct Page: Decodable {
        var ids: [Int64]
        /// `0` at the end.
        var next: String

        enum CodingKeys: String, CodingKey {
            case ids
            case next = "next_cursor_str"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            ids = try container.decode([AccountID].self, forKey: .ids).map(\.value)
            next = try container.decode(String.self, forKey: .next)
        }
    }

    private struct AccountID: Decodable {
        var value: Int64

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int64.self) {
                value = number
                return
            }
            guard let number = Int64(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "an account id is a 64-bit number")
            }
            value = number
        }
    }
}
