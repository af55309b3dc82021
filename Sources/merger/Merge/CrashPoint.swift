private import Glibc

/// The steps of a durability order at which a crash must do no harm: those of a partition in a run,
/// and those of an expiry.
///
/// Tests end a run at each of them by ``reach(_:)`` and run again.
enum CrashPoint: String, CaseIterable, Sendable {
    /// Index and canonical object are finished local files. The next run finds nothing of them.
    case filesBuilt = "files-built"
    /// The store has the new index and still the old object. The next run finds the digest of the old
    /// one under `replacesSHA256` and applies the added segments to it.
    case indexPut = "index-put"
    /// The store has both. The next run finds nothing to do for this partition.
    case canonicalPut = "canonical-put"

    /// Every hour was proved and nothing was written.
    case expiryProved = "expiry-proved"
    /// One more index says that data have expired, which are there still. The next expiry goes on.
    case hourMarked = "hour-marked"
    /// All of them do, and all data are there. The next expiry deletes them.
    case expiryMarked = "expiry-marked"
    /// The data of one more segment are gone. The next expiry deletes the others.
    case segmentDeleted = "segment-deleted"

    static let ofRun = [filesBuilt, indexPut, canonicalPut]
    static let ofExpiry = [expiryProved, hourMarked, expiryMarked, segmentDeleted]

    static let variable = "TRIBUTARY_CRASH_AT"

    /// Ends the process as a power loss would if `wanted` is this step.
    func reach(_ wanted: CrashPoint?) {
        if self == wanted { kill(getpid(), SIGKILL) }
    }
}
