/// The resolved settings of a program: command line over environment over file over default.
///
/// Names that begin with one of the program's own prefixes and are not known are refused, so that a
/// slip of the pen does not silently leave a default in force.
package struct Settings: Sendable {
    private struct Value {
        var text: String
        var origin: SettingOrigin
    }

    package let definitions: [SettingDefinition]
    private var values: [String: Value] = [:]

    /// The environment with the file's lines beneath it: what the store's credentials are read from.
    package let environment: [String: String]

    /// - Parameters:
    ///   - prefixes: names that belong to the program, such as `LISTENER_`.
    ///   - commandLine: by the names of the environment.
    package init(
        _ definitions: [SettingDefinition], prefixes: [String], commandLine: [String: String],
        environment: [String: String], file: SettingsFile?
    ) throws {
        self.definitions = definitions
        let fileValues = (file?.entries ?? []).map { ($0.name, $0.value) }
        self.environment = environment.merging(fileValues) { own, _ in own }
        try refuseUnknown(prefixes, in: environment, file)
        for definition in definitions {
            values[definition.name] = try Self.find(definition, commandLine, environment, file)
        }
    }

    private static func find(
        _ definition: SettingDefinition, _ commandLine: [String: String],
        _ environment: [String: String], _ file: SettingsFile?
    ) throws -> Value? {
        let name = definition.name
        if let text = commandLine[name] { return Value(text: text, origin: .commandLine) }
        if let text = environment[name] { return Value(text: text, origin: .environment) }
        if definition.isSecret,
            let secret = try findSecret(name, environment, file)
        {
            return secret
        }
        if let path = file?.path, let entry = file?.entries.last(where: { $0.name == name }) {
            return Value(text: entry.value, origin: .file(path: path, line: entry.line))
        }
        return definition.defaultValue.map { Value(text: $0, origin: .defaultValue) }
    }

    private static func findSecret(
        _ name: String, _ environment: [String: String], _ file: SettingsFile?
    ) throws -> Value? {
        let fileName = name + secretFileSuffix
        let inFile = file?.entries.last { $0.name == fileName }?.value
        var path = environment[fileName] ?? inFile
        if path == nil, let directory = environment["CREDENTIALS_DIRECTORY"],
            LocalDirectory.exists("\(directory)/\(name)")
        {
            path = "\(directory)/\(name)"
        }
        guard let path else { return nil }
        do {
            let text = String(decoding: try LocalFile.contents(of: path), as: UTF8.self)
            let line = text.split(whereSeparator: \.isNewline).first ?? ""
            return Value(text: String(line), origin: .secretFile(path: path))
        } catch {
            throw ConfigurationError(fileName, cause: error)
        }
    }

    private static let secretFileSuffix = "_FILE"

    private func refuseUnknown(
        _ prefixes: [String], in environment: [String: String], _ file: SettingsFile?
    ) throws(ConfigurationError) {
        let secrets = definitions.filter(\.isSecret).map { $0.name + Self.secretFileSuffix }
        let known = Set(definitions.map(\.name) + secrets)
        let fromFile = (file?.entries ?? []).map { ("\(file?.path ?? ""):\($0.line)", $0.name) }
        let fromEnvironment = environment.keys.sorted().map { ("environment", $0) }
        let unknown = (fromFile + fromEnvironment).filter { _, name in
            prefixes.contains { name.hasPrefix($0) } && !known.contains(name)
        }
        guard !unknown.isEmpty else { return }
        let words = unknown.map { place, name in
            let nearest = known.min {
                EditDistance.between($0, name) < EditDistance.between($1, name)
            }
            return "\(place): \(name) is not a setting: did you mean \(nearest ?? "none")?"
        }
        throw ConfigurationError(words.joined(separator: " "))
    }
}

/// Shows names and origins, and no value, since some are secret.
extension Settings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let known = definitions.compactMap { definition in
            origin(definition.name).map { "\(definition.name) (\($0))" }
        }
        return "Settings: " + known.joined(separator: ", ")
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

// MARK: Reading

extension Settings {
    /// The same where one setting had not been set.
    package func leavingOut(_ name: String) -> Settings {
        var settings = self
        settings.values[name] = definitions.first { $0.name == name }?.defaultValue
            .map { Value(text: $0, origin: .defaultValue) }
        return settings
    }

    /// The setting that a message begins with.
    package func subject(of message: String) -> String? {
        let name = message.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return definitions.first { $0.name == name }?.name
    }

    /// The text of a setting; nil where it is not set or empty.
    package func text(_ name: String) -> String? {
        guard let text = values[name]?.text, !text.isEmpty else { return nil }
        return text
    }

    package func origin(_ name: String) -> SettingOrigin? { values[name]?.origin }

    package func required(_ name: String) throws(ConfigurationError) -> String {
        guard let text = text(name) else {
            let help = definitions.first { $0.name == name }?.help ?? ""
            throw ConfigurationError("\(name) is not set: \(help)")
        }
        return text
    }

    package func parsed<Value>(
        _ name: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(ConfigurationError) -> Value {
        let text = try required(name)
        guard let value = parse(text) else {
            throw ConfigurationError(
                "\(name)=\(text) (\(origin(name)?.description ?? "")): expected \(expected)")
        }
        return value
    }

    package func duration(_ name: String) throws(ConfigurationError) -> Duration {
        try parsed(name, "a duration such as 3s, 500ms, 5m or 1h, of ten years at most") {
            Duration(setting: $0)
        }
    }

    package func byteCount(_ name: String) throws(ConfigurationError) -> ByteCount {
        try parsed(name, "a size such as 64MiB") { ByteCount($0) }
    }

    package func flag(_ name: String) throws(ConfigurationError) -> Bool {
        try parsed(name, "true or false") { Bool($0) }
    }
}

extension Duration {
    /// Ten years: nobody means more, and clocks can count it in nanoseconds.
    private static let settingMax = Duration.seconds(3650 * 86_400)

    private static let settingUnits: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Reads a whole number and one of `ms`, `s`, `m`, `h`, `d`.
    package init?(setting text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let count = Int64(digits),
            let factor = Self.settingUnits.first(where: { $0.name == unit })?.milliseconds
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, .milliseconds(milliseconds) <= Self.settingMax else { return nil }
        self = .milliseconds(milliseconds)
    }
}
