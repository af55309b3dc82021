import Shared

/// What an expiry did, or would do.
struct ExpiryReport: Encodable, Sendable {
    struct Entry: Encodable, Sendable {
        var segment: String
        /// Taken away, of the segment and of damaged data that it stands for.
        var bytes: Int
        /// When its last line was received.
        var received: Timestamp
    }

    struct HeldBack: Encodable, Sendable {
        var segment: String
        var hour: Partition
        var reason: String
    }

    var isDryRun: Bool
    var expired: [Entry] = []
    /// Old enough, and needed.
    var heldBack: [HeldBack] = []
    var hoursMarked = 0
    /// Of hours that are not sound.
    var problems: [String] = []

    var bytes: Int { expired.reduce(0) { $0 + $1.bytes } }

    var exitCode: ExitCode { problems.isEmpty ? .done : .dataMissing }

    private enum CodingKeys: String, CodingKey {
        case isDryRun = "dryRun"
        case expired, heldBack, hoursMarked, problems
    }
}
