/// One thing that goes wrong in one zone at a place of the emission.
struct Fault: Sendable {
    var zone: String
    var kind: FaultKind
    /// Number of a post.
    var at: Int
    /// Number of the first post after it; nil is for good.
    var until: Int?
    /// `503`, `429a`, and so on; only of `refuse`.
    var refusal = Refusal.unavailable
    /// How many posts; only of `repeat`.
    var count = 0
    /// Of how many posts one is sent; only of `partial`.
    var keep = 1
    /// Only of `disconnect-notice`.
    var type = "OperationalDisconnect"
    /// Whether the connection stays open after a disconnect notice.
    var staysOpen = false
    /// Whether closing is a TCP reset, which may take bytes with it that the client had not read.
    var resets = false
    /// Given at run time: acts at once and does not wait for a post.
    var isCommanded = false
    var fired = 0
    /// Done, or cleared.
    var isOver = false

    func isActive(at post: Int) -> Bool {
        guard !isOver, post >= at else { return false }
        guard let until else { return true }
        return post < until
    }
}
