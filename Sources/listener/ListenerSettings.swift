import Shared

/// Every setting of the listener: the names of the environment, and of `--config` files.
enum ListenerSettings {
    static let prefixes = ["LISTENER_"]

    static let definitions: [SettingDefinition] = [
        SettingDefinition(
            "LISTENER_ZONE",
            "the name of this zone; where it is not set, the availability zone id "
                + "of the machine's instance metadata"),
        SettingDefinition(
            "LISTENER_STORE", "where segments are shipped: s3://bucket/prefix or file:///path"),
        SettingDefinition(
            "LISTENER_SPOOL", "the local directory of segments that are not shipped yet",
            default: "/var/lib/tributary-listener"),
        SettingDefinition(
            "LISTENER_SPOOL_BYTES", "where the spool holds this much, capture pauses",
            default: "16GiB"),
        SettingDefinition(
            "LISTENER_FREE_BYTES", "where the disk has no more than this free, capture pauses",
            default: "1GiB"),
        SettingDefinition(
            "LISTENER_SOURCE", "x-filtered, x-sample, twitter-v1, ndjson or stdin",
            default: "x-filtered"),
        SettingDefinition(
            "LISTENER_STREAM_NAME", "the name of the stream; a store holds one",
            default: Dataset.defaultStream),
        SettingDefinition(
            "LISTENER_STREAM_URL", "the whole URL of the stream, in place of the source's own"),
        SettingDefinition(
            "LISTENER_API_URL",
            "the origin of other endpoints; where it is not set, that of the "
                + "stream"),
        SettingDefinition(
            "LISTENER_BEARER_TOKEN", "the token of x-filtered, x-sample and ndjson", isSecret: true),
        SettingDefinition(
            "LISTENER_STREAM_HEADER", "the credential of ndjson as a header field, Name: value",
            isSecret: true),
        SettingDefinition(
            "LISTENER_ID_POINTER",
            "where the id of a line of ndjson or stdin stands, as a JSON pointer such as /post/id"),
        SettingDefinition(
            "LISTENER_REFRESH", "how often the follow list, or the rules, are read again",
            default: "15m"),
        SettingDefinition(
            "LISTENER_RULES_OWNER",
            "true in one zone of each app: makes its rules out of whom TWITTER_USER follows",
            default: "false"),
        SettingDefinition(
            "LISTENER_RULE_LENGTH", "how many characters a rule may have", default: "1024"),
        SettingDefinition(
            "LISTENER_RULES_MAX", "how many rules may be made", default: "1000"),
        SettingDefinition(
            "LISTENER_SEGMENT_BYTES", "a segment is sealed at this compressed size",
            default: "64MiB"),
        SettingDefinition(
            "LISTENER_SEGMENT_AGE", "a segment is sealed at multiples of this, by the clock",
            default: "5m"),
        SettingDefinition(
            "LISTENER_SYNC_INTERVAL", "what arrived is on the disk after at most this",
            default: "1s"),
        SettingDefinition(
            "LISTENER_STALL_TIMEOUT",
            "a connection without a byte for this long is dropped; where "
                + "it is not set, 30s for v2 and 90s for v1.1"),
        SettingDefinition(
            "LISTENER_QUIET_ALARM",
            "a warning where a living stream brings no line for this long", default: "1h"),
        SettingDefinition(
            "LISTENER_BACKFILL",
            "ask for the posts of a gap, up to five minutes of them (x-filtered and x-sample)",
            default: "true"),
        SettingDefinition(
            "LISTENER_CA_FILE",
            "certificates in PEM to trust instead of the system's, for the stream and its API"),
        SettingDefinition(
            "LISTENER_SHUTDOWN_DEADLINE", "how long shipping may go on after SIGTERM",
            default: "30s"),
        SettingDefinition(
            "LISTENER_OUTPUT_FILE",
            "write one growing gzip file for logrotate, reopened at SIGHUP, "
                + "in place of segments"),
        SettingDefinition(
            "LISTENER_HTTP",
            "where metrics and health are served, as host:port, or off; "
                + "port 0 is any that is free",
            default: "127.0.0.1:9464"),
        SettingDefinition(
            "LISTENER_LOG_FORMAT", "how the log is written: text or json", default: "text"),
        SettingDefinition(
            "LISTENER_LOG_LEVEL", "the least level that is written: debug, info, warning or error",
            default: "info"),
        SettingDefinition("TWITTER_USER", "follow the accounts that this account follows"),
        SettingDefinition("CONSUMER_KEY", "OAuth 1.0a, for twitter-v1", isSecret: true),
        SettingDefinition("CONSUMER_SECRET", "OAuth 1.0a, for twitter-v1", isSecret: true),
        SettingDefinition("ACCESS_TOKEN", "OAuth 1.0a, for twitter-v1", isSecret: true),
        SettingDefinition("ACCESS_TOKEN_SECRET", "OAuth 1.0a, for twitter-v1", isSecret: true),
        SettingDefinition("S3_BUCKET", "the bucket, in place of LISTENER_STORE"),
        SettingDefinition("S3_PREFIX", "the prefix in S3_BUCKET"),
        SettingDefinition(
            "TRIBUTARY_CONDITIONAL_WRITES",
            "false for a store without conditional writes: two "
                + "writers of one key may then overwrite each other",
            default: "true"),
    ]
}
