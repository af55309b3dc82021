import Shared

/// The settings of a listener, resolved and checked. Only this travels further.
struct ListenerConfiguration: Sendable {
    var zone: Zone?
    var storeURL: String?
    var spool: String
    var room: RoomPolicy
    var source: StreamKind
    var streamName: String
    var streamURL: String?
    var apiURL: String?
    var rotation: RotationPolicy
    var syncInterval: Duration
    var stallTimeout: Duration?
    var quietAlarm: Duration
    var allowsBackfill: Bool
    var certificateAuthorities: String?
    var shutdownDeadline: Duration
    var outputFile: String?
    /// Nil where metrics and health are not served.
    var http: AdminAddress?
    var twitterUser: String?
    var refresh: Duration
    var ownsRules: Bool
    var rulePacking: RulePacking
    var idPointer: JSONPointer?
    var ndjsonCredential: StreamCredential
    var usesConditionalWrites: Bool
    var settings: Settings

    init(_ settings: Settings) throws {
        self.settings = settings
        zone = try settings.text("LISTENER_ZONE").map { text throws(ConfigurationError) in
            guard let zone = Zone(text) else {
                throw ConfigurationError(
                    "LISTENER_ZONE=\(text): a zone has 1 to 64 letters, digits, -, _ or .")
            }
            return zone
        }
        outputFile = try Self.outputFile(settings)
        storeURL = Self.storeURL(settings)
        spool = try settings.required("LISTENER_SPOOL")
        room = RoomPolicy(
            capBytes: try Self.spoolBytes(settings),
            floorBytes: try settings.byteCount("LISTENER_FREE_BYTES").bytes)
        let kinds = StreamKind.allCases.map(\.rawValue).joined(separator: ", ")
        source = try settings.parsed("LISTENER_SOURCE", "one of \(kinds)") {
            StreamKind(rawValue: $0)
        }
        streamName = try settings.required("LISTENER_STREAM_NAME")
        streamURL = settings.text("LISTENER_STREAM_URL")
        apiURL = settings.text("LISTENER_API_URL")
        rotation = RotationPolicy(
            segmentBytesMax: try Self.positiveBytes("LISTENER_SEGMENT_BYTES", settings),
            segmentAge: try Self.segmentAge(settings))
        syncInterval = try Self.positive("LISTENER_SYNC_INTERVAL", settings)
        stallTimeout =
            settings.text("LISTENER_STALL_TIMEOUT") == nil
            ? nil : try Self.positive("LISTENER_STALL_TIMEOUT", settings)
        quietAlarm = try Self.positive("LISTENER_QUIET_ALARM", settings)
        allowsBackfill = try settings.flag("LISTENER_BACKFILL")
        certificateAuthorities = try Self.certificateAuthorities(settings)
        shutdownDeadline = try settings.duration("LISTENER_SHUTDOWN_DEADLINE")
        let isServed = settings.text("LISTENER_HTTP") != "off"
        http =
            try isServed
            ? settings.parsed("LISTENER_HTTP", "host:port, such as 127.0.0.1:9464, or off") {
                AdminAddress($0)
            } : nil
        _ = try LogStyle(settings, prefix: "LISTENER_")
        try Self.requireVisibleSecrets(settings)
        twitterUser = settings.text("TWITTER_USER")
        refresh = try Self.positive("LISTENER_REFRESH", settings)
        ownsRules = try settings.flag("LISTENER_RULES_OWNER")
        rulePacking = RulePacking(
            lengthMax: try Self.count("LISTENER_RULE_LENGTH", settings, min: RulePacking.lengthMin),
            rulesMax: try Self.count("LISTENER_RULES_MAX", settings, min: 1))
        idPointer = try Self.idPointer(settings, source)
        ndjsonCredential =
            source == .ndjson ? try StreamCredential(ndjson: settings) : .anonymous
        usesConditionalWrites = try settings.flag("TRIBUTARY_CONDITIONAL_WRITES")
        // What must be set comes last: until then a check may find all that is set wrong.
        if outputFile == nil, storeURL == nil { storeURL = try settings.required("LISTENER_STORE") }
        if ownsRules, source == .filtered { _ = try settings.required("TWITTER_USER") }
    }

    /// For everything but the stream itself, which has connections of its own.
    func makeClient() -> HTTPClient {
        var options = HTTPClient.Options()
        options.certificateAuthorities = certificateAuthorities
        return HTTPClient(options)
    }

    /// `LISTENER_STORE`, or the seed's bucket and prefix.
    private static func storeURL(_ settings: Settings) -> String? {
        if let url = settings.text("LISTENER_STORE") { return url }
        guard let bucket = settings.text("S3_BUCKET") else { return nil }
        let prefix = settings.text("S3_PREFIX").map { "/\($0)" } ?? ""
        return "s3://\(bucket)\(prefix)"
    }

    private static func idPointer(
        _ settings: Settings, _ source: StreamKind
    ) throws(ConfigurationError) -> JSONPointer? {
        guard settings.text("LISTENER_ID_POINTER") != nil else { return nil }
        guard source == .ndjson || source == .standardInput else {
            throw ConfigurationError(
                "LISTENER_ID_POINTER: is for ndjson and stdin: the posts of "
                    + "\(source.rawValue) have their ids at a known place")
        }
        return try settings.parsed("LISTENER_ID_POINTER", JSONPointer.expected) { JSONPointer($0) }
    }

    private static func count(
        _ name: String, _ settings: Settings, min: Int
    ) throws(ConfigurationError) -> Int {
        try settings.parsed(name, "a whole number from \(min)") { text in
            Int(text).flatMap { $0 >= min ? $0 : nil }
        }
    }

    private static func positiveBytes(
        _ name: String, _ settings: Settings
    ) throws(ConfigurationError) -> Int {
        let bytes = try settings.byteCount(name).bytes
        guard bytes > 0 else { throw ConfigurationError("\(name): must be more than 0") }
        return bytes
    }

    private static func positive(
        _ name: String, _ settings: Settings
    ) throws(ConfigurationError) -> Duration {
        let duration = try settings.duration(name)
        guard duration > .zero else {
            throw ConfigurationError("\(name): must be more than 0")
        }
        return duration
    }
}
