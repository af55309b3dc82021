/// `_tributary.json`: what a store holds, and every choice that decides its canonical bytes.
///
/// Written once by whoever comes first; a run never changes it. `docs/FORMAT.md`, "Dataset".
package struct Dataset: Codable, Equatable, Sendable {
    package static let currentFormat = 1
    package static let twitterIDs = "twitter"
    package static let defaultStream = "default"

    package enum DeletionPolicy: String, Codable, CaseIterable, Sendable {
        /// Deleted tweets are left out of the canonical stream.
        case honour
        /// Deletions are recorded and change nothing.
        case ignore
    }

    package var format = Self.currentFormat
    package var stream: String
    package var ids = Self.twitterIDs
    /// Where the id of a line stands; nil, and absent, for the places of X's streams.
    package var idPointer: JSONPointer?
    /// Zones that rank before all others, first the highest.
    package var zones: [Zone]
    package var compression: CompressionProfile
    package var deletions: DeletionPolicy
    package var limits: DatasetLimits
    package var created: Timestamp

    package init(
        stream: String, idPointer: JSONPointer? = nil, zones: [Zone] = [],
        compression: CompressionProfile = .balanced,
        deletions: DeletionPolicy = .honour, created: Timestamp
    ) {
        self.stream = stream
        self.idPointer = idPointer
        self.zones = zones
        self.compression = compression
        self.deletions = deletions
        limits = DatasetLimits(created: created)
        self.created = created
    }

    /// What tells the lines of this store apart. Nothing may read them by another rule.
    package var scanner: RecordScanner { RecordScanner(idPointer: idPointer) }
}

package struct DatasetLimits: Codable, Equatable, Sendable {
    /// Longer lines are not stored as lines. 8 MiB is a thousand times a long post.
    package var lineBytes: Int
    /// A member that inflates to more is not inflated.
    package var memberBytes: Int
    /// A member that inflates to more than this many times its size is not inflated. Deflate cannot
    /// exceed 1032; posts reach 5, and lines of one repeated post a few hundred.
    package var inflationRatio: Int
    /// The latest time that an id may carry where nobody saw it arrive.
    package var latestIDTime: Timestamp

    private static let latestIDYearsAhead: Int64 = 20
    private static let daysPerYear: Int64 = 366

    package init(created: Timestamp) {
        lineBytes = 8 << 20
        memberBytes = 64 << 20
        inflationRatio = 1100
        let days = Self.latestIDYearsAhead * Self.daysPerYear
        latestIDTime = Timestamp(
            milliseconds: created.milliseconds + days * Timestamp.millisecondsPerDay)
    }

    var arePositive: Bool { lineBytes > 0 && memberBytes > 0 && inflationRatio > 0 }
}
