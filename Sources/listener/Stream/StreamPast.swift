/// What earlier runs left known of the stream.
struct StreamPast: Equatable, Sendable {
    var lastHeard: ContinuousClock.Instant?
    var wasHeard = false
    /// When the attempts that they made stop counting.
    var attemptsFreeAt: ContinuousClock.Instant?
}
