/// One setting of a program: its name in the environment and in a settings file, what it means, and
/// what it is where nobody sets it.
package struct SettingDefinition: Sendable {
    package var name: String
    package var help: String
    package var defaultValue: String?
    /// Also read from the file that `<NAME>_FILE` names, or from a systemd credential of this name;
    /// never taken from a command line; never shown.
    package var isSecret: Bool

    package init(
        _ name: String, _ help: String, default defaultValue: String? = nil,
        isSecret: Bool = false
    ) {
        self.name = name
        self.help = help
        self.defaultValue = defaultValue
        self.isSecret = isSecret
    }
}

/// Where the value of a setting came from.
package enum SettingOrigin: Equatable, Sendable {
    case commandLine
    case environment
    case file(path: String, line: Int)
    /// The file that `<NAME>_FILE` names, or a systemd credential.
    case secretFile(path: String)
    case defaultValue
}

extension SettingOrigin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .commandLine: "command line"
        case .environment: "environment"
        case .file(let path, let line): "\(path):\(line)"
        case .secretFile(let path): path
        case .defaultValue: "default"
        }
    }
}

/// A setting that is missing, unknown or not what it should be.
package struct ConfigurationError: OperatorError {
    package var message: String
    package var cause: (any Error)?
    package var disposition: Disposition { .halt }
    package var exitCode: ExitCode { .configuration }

    package init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }
}
