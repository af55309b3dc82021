/// What can go wrong with a stream.
enum FaultKind: String, CaseIterable, Codable, Sendable {
    /// Closes in the middle of post `at`.
    case cut
    /// Closes before post `at`, and every new connection without an answer until post `until`.
    case hangup
    /// Answers new connections with `status` from post `at` until post `until`.
    case refuse
    /// Answers requests that are not for a stream with `status` from post `at` until post `until`.
    case refuseAPI = "refuse-api"
    /// From post `at` sends nothing at all until post `until`, on a connection that stays open;
    /// then everything that was held back.
    case stall
    /// On the next connection after post `at` sends the zone's last `count` posts again.
    case again = "repeat"
    /// Writes posts `at` until `until` a few bytes at a time.
    case slow
    /// Writes posts `at` until `until` in pieces that part CR from LF and characters in two.
    case split
    /// Of posts `at` until `until` leaves out all but every `keep`-th; the connection looks healthy.
    case partial
    /// Sends a disconnect message of `type` before post `at`, then ends the response; with
    /// `then=stay` keeps the connection open and silent instead.
    case disconnectNotice = "disconnect-notice"
    /// Ends the response properly before post `at`.
    case end
    /// From post `at` until `until` the zone's credentials are refused everywhere.
    case revoke
    /// Ends every fault of the zone that is still active or to come.
    case clear
}
