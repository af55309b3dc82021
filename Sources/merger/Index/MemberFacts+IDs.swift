import Shared

extension SegmentManifest.MemberFacts {
    /// Whether the id lies between the least and the greatest of its records.
    func mayHold(_ id: TweetID) -> Bool {
        guard let minID, let maxID else { return false }
        return minID <= id && id <= maxID
    }
}
