import Shared

/// What the settings may not be.
extension ListenerConfiguration {
    /// What becomes a header field, or part of one. `LISTENER_STREAM_HEADER` is read by itself.
    private static let headerSecrets = [
        "LISTENER_BEARER_TOKEN", "CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN",
        "ACCESS_TOKEN_SECRET",
    ]

    /// A byte that ends a line would end the header field, and begin another.
    static func requireVisibleSecrets(_ settings: Settings) throws(ConfigurationError) {
        for name in headerSecrets {
            guard let text = settings.text(name),
                let index = text.utf8.enumerated().first(where: { !isVisible($0.element) })?.offset
            else { continue }
            throw ConfigurationError(
                "\(name): byte \(index + 1) is no visible ASCII character: write it again without "
                    + "line ends and control characters")
        }
    }

    private static func isVisible(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    /// An age of the clock's own grain would seal a file for each of its steps.
    static let segmentAgeMin = Duration.seconds(1)

    /// Less than an open segment, its journal and its manifest may take pauses capture for good.
    static let spoolBytesMin = 64 << 10

    static func segmentAge(_ settings: Settings) throws(ConfigurationError) -> Duration {
        let age = try settings.duration("LISTENER_SEGMENT_AGE")
        guard age >= segmentAgeMin else {
            throw ConfigurationError("LISTENER_SEGMENT_AGE: must be at least 1s")
        }
        return age
    }

    static func spoolBytes(_ settings: Settings) throws(ConfigurationError) -> Int {
        let bytes = try settings.byteCount("LISTENER_SPOOL_BYTES").bytes
        guard bytes >= spoolBytesMin else {
            throw ConfigurationError("LISTENER_SPOOL_BYTES: must be at least 64KiB")
        }
        return bytes
    }

    static func certificateAuthorities(_ settings: Settings) throws(ConfigurationError) -> String? {
        guard let path = settings.text("LISTENER_CA_FILE") else { return nil }
        guard !LocalDirectory.isDirectory(path) else {
            throw ConfigurationError(
                "LISTENER_CA_FILE=\(path): is a directory: name a file of certificates in PEM")
        }
        do {
            _ = try LocalFile.read(path)
            return path
        } catch {
            throw ConfigurationError("LISTENER_CA_FILE", cause: error)
        }
    }

    static func outputFile(_ settings: Settings) throws(ConfigurationError) -> String? {
        guard let path = settings.text("LISTENER_OUTPUT_FILE") else { return nil }
        guard !LocalDirectory.isDirectory(path) else {
            throw ConfigurationError(
                "LISTENER_OUTPUT_FILE=\(path): is a directory: name a file in it")
        }
        return path
    }
}
