import Shared

/// The settings of the merger, resolved and checked. Only this travels further.
struct MergerConfiguration: Sendable {
    var storeURL: String
    var streamName: String
    var cache: String
    var scratch: String
    var memory: ByteCount
    var usesConditionalWrites: Bool
    var deletions: DeletionSweep.Schedule
    var crashPoint: CrashPoint?
    var settings: Settings

    /// Below this a slice holds too few members to be worth a pass over all of them.
    private static let memoryMin = ByteCount.mebibytes(64)

    init(_ settings: Settings) throws {
        self.settings = settings
        storeURL = try settings.required("MERGER_STORE")
        streamName = try settings.required("MERGER_STREAM_NAME")
        cache = try settings.required("MERGER_CACHE")
        scratch = settings.text("MERGER_SCRATCH") ?? cache
        memory = try settings.byteCount("MERGER_MEMORY")
        guard memory >= Self.memoryMin else {
            throw ConfigurationError(
                "MERGER_MEMORY=\(memory): at least \(Self.memoryMin) is needed")
        }
        _ = try LogStyle(settings, prefix: "MERGER_")
        usesConditionalWrites = try settings.flag("TRIBUTARY_CONDITIONAL_WRITES")
        deletions = try settings.parsed(
            "MERGER_DELETIONS",
            "one of " + DeletionSweep.Schedule.allCases.map(\.rawValue).joined(separator: ", ")
        ) { DeletionSweep.Schedule(rawValue: $0) }
        crashPoint =
            try settings.text(CrashPoint.variable) == nil
            ? nil
            : settings.parsed(
                CrashPoint.variable,
                "one of " + CrashPoint.allCases.map(\.rawValue).joined(separator: ", ")
            ) { CrashPoint(rawValue: $0) }
    }

    func openStore() throws -> any ObjectStore {
        try openObjectStore(storeURL, environment: settings.environment)
    }

    /// What of the memory the lines of one slice may take: the rest is for the page cache of SQLite,
    /// the buffers of a member, and the program itself.
    var sliceBytes: Int { memory.bytes / 2 }
}
