/// How often and when a request is sent again.
///
/// Waits grow by doubling and are drawn evenly from zero to the bound ("full jitter"), so that many
/// clients that failed together do not come back together.
struct S3RetryPolicy: Sendable {
    /// Sendings of one request, the first included.
    var attemptsMax = 6
    /// After a lost connection or a server error.
    var repetition = Bounds(first: .milliseconds(100), last: .seconds(5))
    /// After the store asked for fewer requests.
    var patience = Bounds(first: .seconds(1), last: .seconds(20))

    struct Bounds: Sendable {
        /// The longest wait before the second sending; it doubles with every further one.
        var first: Duration
        var last: Duration
    }

    /// - Parameters:
    ///   - attempt: sendings so far, counted from 1.
    ///   - atLeast: what the server asked for; it is cut at the bound's last.
    func delay(
        _ bounds: Bounds, attempt: Int, atLeast: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        precondition(attempt >= 1, "attempts are counted from 1, got \(attempt)")
        let ceiling = min(bounds.last, bounds.first * (1 << min(attempt - 1, 20)))
        let drawn = ceiling * Double.random(in: 0...1, using: &generator)
        return max(drawn, min(atLeast ?? .zero, bounds.last))
    }
}
