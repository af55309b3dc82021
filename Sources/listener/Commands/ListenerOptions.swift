import ArgumentParser
import Shared

/// What may be typed on a command line; ``ListenerConfiguration`` is what it means.
struct ListenerOptions: ParsableArguments {
    @Option(help: "A file of NAME=value lines, with the environment's names.")
    var config: String?

    @Option(help: "The name of this zone.")
    var zone: String?

    @Option(help: "Where segments are shipped: s3://bucket/prefix or file:///path.")
    var store: String?

    @Option(help: "The local directory of segments that are not shipped yet.")
    var spool: String?

    @Option(help: "Pause where the spool holds this much.")
    var spoolBytes: String?

    @Option(help: "Pause where the disk has no more than this free.")
    var freeBytes: String?

    @Option(help: "x-filtered, x-sample, twitter-v1, ndjson or stdin.")
    var source: String?

    @Option(help: "The name of the stream; a store holds one.")
    var streamName: String?

    @Option(help: "The whole URL of the stream, in place of the source's own.")
    var streamURL: String?

    @Option(help: "The origin of other endpoints.")
    var apiURL: String?

    @Option(help: "Where the id of a line of ndjson or stdin stands, such as /post/id.")
    var idPointer: String?

    @Option(help: "How often the follow list, or the rules, are read again.")
    var refresh: String?

    @Option(help: "true in one zone of each app: makes its rules out of whom TWITTER_USER follows.")
    var rulesOwner: String?

    @Option(help: "How many characters a rule may have.")
    var ruleLength: String?

    @Option(help: "How many rules may be made.")
    var rulesMax: String?

    @Option(help: "Seal a segment at this compressed size.")
    var segmentBytes: String?

    @Option(help: "Seal a segment at multiples of this, by the clock.")
    var segmentAge: String?

    @Option(help: "What arrived is on the disk after at most this.")
    var syncInterval: String?

    @Option(help: "Drop a connection without a byte for this long.")
    var stallTimeout: String?

    @Option(help: "Warn where a living stream brings no line for this long.")
    var quietAlarm: String?

    @Option(help: "Whether to ask for the posts of a gap: true or false.")
    var backfill: String?

    @Option(help: "Certificates in PEM to trust instead of the system's.")
    var caFile: String?

    @Option(help: "How long shipping may go on after SIGTERM.")
    var shutdownDeadline: String?

    @Option(help: "Write one growing gzip file for logrotate in place of segments.")
    var outputFile: String?

    @Option(help: "Serve metrics and health on this host:port; off for not at all.")
    var http: String?

    @Option(help: "How the log is written: text or json.")
    var logFormat: String?

    @Option(help: "The least level that is written: debug, info, warning or error.")
    var logLevel: String?

    private var given: [String: String] {
        let typed = [
            "LISTENER_ZONE": zone, "LISTENER_STORE": store, "LISTENER_SPOOL": spool,
            "LISTENER_SPOOL_BYTES": spoolBytes, "LISTENER_FREE_BYTES": freeBytes,
            "LISTENER_SOURCE": source, "LISTENER_STREAM_NAME": streamName,
            "LISTENER_STREAM_URL": streamURL, "LISTENER_API_URL": apiURL,
            "LISTENER_ID_POINTER": idPointer, "LISTENER_REFRESH": refresh,
            "LISTENER_RULES_OWNER": rulesOwner, "LISTENER_RULE_LENGTH": ruleLength,
            "LISTENER_RULES_MAX": rulesMax,
            "LISTENER_SEGMENT_BYTES": segmentBytes, "LISTENER_SEGMENT_AGE": segmentAge,
            "LISTENER_SYNC_INTERVAL": syncInterval, "LISTENER_STALL_TIMEOUT": stallTimeout,
            "LISTENER_QUIET_ALARM": quietAlarm, "LISTENER_BACKFILL": backfill,
            "LISTENER_CA_FILE": caFile,
            "LISTENER_SHUTDOWN_DEADLINE": shutdownDeadline, "LISTENER_OUTPUT_FILE": outputFile,
            "LISTENER_HTTP": http, "LISTENER_LOG_FORMAT": logFormat,
            "LISTENER_LOG_LEVEL": logLevel,
        ]
        return typed.compactMapValues { $0 }
    }

    func resolve(environment: [String: String]) throws -> ListenerConfiguration {
        try ListenerConfiguration(settings(environment: environment))
    }

    /// Names and origins, before any value is looked at.
    func settings(environment: [String: String]) throws -> Settings {
        try Settings(
            ListenerSettings.definitions, prefixes: ListenerSettings.prefixes, commandLine: given,
            environment: environment, file: try config.map { try SettingsFile(path: $0) })
    }
}
