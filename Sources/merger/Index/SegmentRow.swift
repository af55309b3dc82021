import Shared

/// A segment as one partition sees it: the table `segment`.
struct SegmentRow: Equatable, Sendable {
    var reference: SegmentReference
    /// Nil for a segment without data.
    var sha256: ContentDigest?
    var received: SegmentManifest.ReceivedSpan
    /// Lines that belong to this partition.
    var records: Int
    var notices: Int
    var quarantined: Int
    /// Lines that belong to others.
    var elsewhere: Int
    var isExpired: Bool
    /// Whether it was admitted after the object was made that the wanted one replaces.
    var isAdded: Bool
}
