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

    @Option(help: "How long shipping may go on after SIGTERM.")
    var shutdownDeadline: String?

    @Option(help: "Write one growing gzip file for logrotate in place of segments.")
    var outputFile: String?

    private var given: [String: String] {
        let typed = [
            "LISTENER_ZONE": zone, "LISTENER_STORE": store, "LISTENER_SPOOL": spool,
            "LISTENER_SOURCE": source, "LISTENER_STREAM_NAME": streamName,
            "LISTENER_STREAM_URL": streamURL, "LISTENER_API_URL": apiURL,
            "LISTENER_ID_POINTER": idPointer, "LISTENER_REFRESH": refresh,
            "LISTENER_RULES_OWNER": rulesOwner, "LISTENER_RULE_LENGTH": ruleLength,
            "LISTENER_RULES_MAX": rulesMax,
            "LISTENER_SEGMENT_BYTES": segmentBytes, "LISTENER_SEGMENT_AGE": segmentAge,
            "LISTENER_SYNC_INTERVAL": syncInterval, "LISTENER_STALL_TIMEOUT": stallTimeout,
            "LISTENER_SHUTDOWN_DEADLINE": shutdownDeadline, "LISTENER_OUTPUT_FILE": outputFile,
        ]
        return typed.compactMapValues { $0 }
    }

    func resolve(environment: [String: String]) throws -> ListenerConfiguration {
        let settings = try Settings(
            ListenerSettings.definitions, prefixes: ListenerSettings.prefixes, commandLine: given,
            environment: environment, file: try config.map { try SettingsFile(path: $0) })
        return try ListenerConfiguration(settings)
    }
}
