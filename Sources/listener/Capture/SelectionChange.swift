import Shared

/// Other posts are asked for from now on.
struct SelectionChange: Sendable {
    /// Closed with the connection that the new request replaces.
    static let cause = "the follow list changed"

    /// What the segments carry that come after the change.
    var facts: SegmentManifest.SourceFacts
    /// Where the source has to connect again to be sent them.
    var endpoint: StreamEndpoint?
}
