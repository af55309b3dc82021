import Shared

/// Every setting of the merger: the names of the environment, and of `--config` files.
enum MergerSettings {
    static let prefixes = ["MERGER_"]

    static func definitions(environment: [String: String]) -> [SettingDefinition] {
        [
            SettingDefinition(
                "MERGER_STORE", "the store of all zones: s3://bucket/prefix or file:///path"),
            SettingDefinition(
                "MERGER_STREAM_NAME", "the name of the stream that the store must hold",
                default: Dataset.defaultStream),
            SettingDefinition(
                "MERGER_CACHE", "a local directory for copies of manifests and indexes",
                default: defaultCache(environment)),
            SettingDefinition(
                "MERGER_SCRATCH",
                "a local directory for files of the run; the cache where it is "
                    + "not set"),
            SettingDefinition(
                "MERGER_MEMORY", "how much memory a run may use", default: "512MiB"),
            SettingDefinition(
                "MERGER_DELETIONS",
                "when a run writes hours that get nothing but notices of deletion and the like: "
                    + "daily or now", default: DeletionSweep.Schedule.daily.rawValue),
            SettingDefinition(
                "MERGER_LOG_FORMAT", "how the log is written: text or json", default: "text"),
            SettingDefinition(
                "MERGER_LOG_LEVEL",
                "the least level that is written: debug, info, warning or error",
                default: "info"),
            SettingDefinition(
                "TRIBUTARY_CONDITIONAL_WRITES",
                "false for a store without conditional writes: two "
                    + "runs at once may then undo each other's work",
                default: "true"),
            SettingDefinition(
                CrashPoint.variable, "for tests: end by SIGKILL at this step of a run"),
        ]
    }

    private static func defaultCache(_ environment: [String: String]) -> String {
        let root = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { "\($0)/.cache" }
        return "\(root ?? "/var/cache")/tributary"
    }
}
