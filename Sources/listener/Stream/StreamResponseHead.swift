private import CCurl
import Shared

/// The status and those headers of an answer that decide what to do next.
struct StreamResponseHead: Equatable, Sendable {
    /// 0 before the first status line.
    private(set) var status = 0
    /// By the server's clock.
    private(set) var date: Timestamp?
    private(set) var retryAfter: RetryAfter?
    /// When the rate limit's window ends, by the server's clock.
    private(set) var rateLimitReset: Timestamp?
    /// In lower case; nil where there is none.
    private(set) var contentEncoding: String?

    enum RetryAfter: Equatable, Sendable {
        case delay(Duration)
        case date(Timestamp)
    }

    /// Takes one line as it comes. A status line begins anew: 100 may come before 200.
    mutating func append(line: String) {
        if line.hasPrefix("HTTP/") {
            self = StreamResponseHead(statusLine: line)
            return
        }
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return }
        let value = String(parts[1].drop { $0 == " " || $0 == "\t" }.prefix { !$0.isNewline })
        switch parts[0].lowercased() {
        case "date": date = Self.time(value)
        case "retry-after": retryAfter = Self.retryAfter(value)
        case "x-rate-limit-reset":
            rateLimitReset = Self.seconds(value).map { Timestamp(milliseconds: $0 * 1000) }
        case "content-encoding": contentEncoding = value.lowercased()
        default: break
        }
    }

    init() {}

    init(status: Int, headers: [(name: String, value: String)]) {
        self.status = status
        for header in headers { append(line: header.name + ": " + header.value) }
    }

    private init(statusLine: String) {
        let words = statusLine.split(whereSeparator: \.isWhitespace)
        status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    /// The server's clock minus ours. `Date` is cut to whole seconds; half of one is added, so the
    /// error is half a second either way.
    func clockOffset(at time: Timestamp) -> Duration? {
        date.map { time.duration(to: $0) + .milliseconds(500) }
    }

    /// What the server asks to wait. Its times are compared with its own clock where it says what
    /// that is.
    func serverWait(at time: Timestamp, forRateLimit: Bool) -> Duration? {
        let now = date ?? time
        switch retryAfter {
        case .delay(let delay): return delay
        case .date(let date): return now.duration(to: date)
        case nil: return forRateLimit ? rateLimitReset.map { now.duration(to: $0) } : nil
        }
    }

    private static func retryAfter(_ value: String) -> RetryAfter? {
        if let seconds = seconds(value) { return .delay(.seconds(seconds)) }
        return time(value).map { .date($0) }
    }

    /// libcurl reads the three date forms of RFC 9110, and years far beyond 9999.
    private static func time(_ value: String) -> Timestamp? {
        let seconds = Int64(curl_getdate(value, nil))
        return secondsRange.contains(seconds) ? Timestamp(milliseconds: seconds * 1000) : nil
    }

    private static func seconds(_ value: String) -> Int64? {
        guard let seconds = Int64(value), secondsRange.contains(seconds) else { return nil }
        return seconds
    }

    /// From 1970 to the end of the year 9999.
    private static let secondsRange: Range<Int64> = 0..<253_402_300_800
}
