/// What is worth a line in the log of the server's notices, and how often: a stream that runs into
/// its limit says so with every few posts.
struct NoticeRemarks: Sendable {
    static let interval = Duration.seconds(300)

    private enum Subject: Hashable {
        case limit
        case fallingBehind
        case other
    }

    private var lastSaid: [Subject: ContinuousClock.Instant] = [:]

    /// - Returns: nil for a disconnect, whose consequences are told elsewhere, and for what is too
    ///   soon after the last of its kind.
    mutating func remark(on notice: StreamNotice, at time: ContinuousClock.Instant) -> String? {
        switch notice {
        case .disconnect:
            return nil
        case .limit(let undelivered):
            // Several counters of the server take turns, so that no sum or difference is right.
            return say(
                "\(undelivered) posts that matched were not delivered, by one of the server's "
                    + "counters: narrow the rules or raise the plan", .limit, at: time)
        case .fallingBehind(let percentFull):
            let fill = percentFull.map { " is \($0) % full" } ?? " fills"
            return say(
                "we read too slowly: the server's queue for us\(fill)", .fallingBehind, at: time)
        case .other(let text):
            return say("the server says: \(text)", .other, at: time)
        }
    }

    private mutating func say(
        _ text: String, _ subject: Subject, at time: ContinuousClock.Instant
    ) -> String? {
        if let last = lastSaid[subject], last + Self.interval > time { return nil }
        lastSaid[subject] = time
        return text
    }
}
