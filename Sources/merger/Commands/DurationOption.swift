import Shared

/// A duration on the command line.
enum DurationOption {
    static func parse(_ text: String, _ option: String) throws -> Duration {
        guard let duration = Duration(setting: text) else {
            throw ConfigurationError("\(option) \(text): expected a duration such as 30s, 5m or 1h")
        }
        return duration
    }
}
