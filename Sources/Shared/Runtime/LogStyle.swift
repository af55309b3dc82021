package import Logging

/// The format and the level of a program's log, from its settings `<PREFIX>LOG_FORMAT` and
/// `<PREFIX>LOG_LEVEL`.
package struct LogStyle: Equatable, Sendable {
    package var format: LogFormat
    package var level: Logger.Level

    package init(format: LogFormat = .text, level: Logger.Level = .info) {
        self.format = format
        self.level = level
    }

    /// Checks the settings, which ``early(prefix:arguments:environment:)`` does not.
    package init(_ settings: Settings, prefix: String) throws(ConfigurationError) {
        format = try settings.parsed(prefix + Self.formatName, Self.formats) {
            LogFormat(rawValue: $0)
        }
        level = try settings.parsed(prefix + Self.levelName, Self.levels) {
            Logger.Level(rawValue: $0)
        }
    }

    private static let formatName = "LOG_FORMAT"
    private static let levelName = "LOG_LEVEL"
    private static let formats = LogFormat.allCases.map(\.rawValue).joined(separator: " or ")
    private static let levels =
        "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")

    /// The style in which a program speaks before its settings are read, so that what is wrong with
    /// them is said as somebody expects it. What is not understood here is refused later.
    package static func early(
        prefix: String, arguments: [String], environment: [String: String]
    ) -> LogStyle {
        let file = option("--config", arguments).flatMap { try? SettingsFile(path: $0) }
        func text(_ name: String) -> String? {
            let optionName = "--" + name.lowercased().map { $0 == "_" ? "-" : $0 }
            let inFile = file?.entries.last { $0.name == prefix + name }?.value
            return option(optionName, arguments) ?? environment[prefix + name] ?? inFile
        }
        return LogStyle(
            format: text(formatName).flatMap { LogFormat(rawValue: $0) } ?? .text,
            level: text(levelName).flatMap { Logger.Level(rawValue: $0) } ?? .info)
    }

    private static func option(_ name: String, _ arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated() {
            if argument == name { return arguments.dropFirst(index + 1).first }
            if argument.hasPrefix(name + "=") { return String(argument.dropFirst(name.count + 1)) }
        }
        return nil
    }
}
