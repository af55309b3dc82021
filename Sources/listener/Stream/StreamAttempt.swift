/// What differs between one connection attempt and the next.
struct StreamAttempt: Equatable, Sendable {
    /// The server's clock minus ours, where the server has refused a request for its time.
    var clockCorrection: Duration = .zero
    /// Minutes of missed posts to ask for, 1 to 5; nil for none.
    var backfillMinutes: Int?
}
