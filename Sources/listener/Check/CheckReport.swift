import Shared

/// What `listener check` found: every setting with where it came from, and every thing it tried.
struct CheckReport: Encodable {
    struct Setting: Encodable, Equatable {
        var name: String
        /// Nil where it is not set; `set` for a secret.
        var value: String?
        var origin: String?
    }

    enum Outcome: String, Encodable {
        case ok
        /// Works, and somebody should know.
        case warning
        case failed
        /// Not tried, since what it depends on failed.
        case skipped
    }

    struct Finding: Encodable, Equatable {
        var name: String
        var outcome: Outcome
        var message: String
        /// What to do about it.
        var fix: String?
    }

    private(set) var settings: [Setting] = []
    private(set) var findings: [Finding] = []

    var isOK: Bool { !findings.contains { $0.outcome == .failed } }

    init(_ settings: Settings? = nil) {
        self.settings = (settings?.definitions ?? []).map { definition in
            Setting(
                name: definition.name,
                value: settings?.text(definition.name).map { Self.shown($0, definition) },
                origin: settings?.origin(definition.name)?.description)
        }
    }

    /// The query of a URL may hold a key, and so may its user.
    private static func shown(_ text: String, _ definition: SettingDefinition) -> String {
        if definition.isSecret { return "set" }
        guard definition.name.hasSuffix("_URL") else { return text }
        guard let url = try? StreamURL(text) else { return "set" }
        return url.query.isEmpty ? url.text : url.withoutQuery + "?…"
    }

    mutating func add(_ finding: Finding) { findings.append(finding) }

    mutating func add(_ found: [Finding]) { findings += found }
}

extension CheckReport.Finding {
    static func ok(_ name: String, _ message: String) -> Self {
        Self(name: name, outcome: .ok, message: message)
    }

    static func warning(_ name: String, _ message: String, fix: String) -> Self {
        Self(name: name, outcome: .warning, message: message, fix: fix)
    }

    /// - Parameter fix: nil where the message says it already.
    static func failed(_ name: String, _ message: String, fix: String? = nil) -> Self {
        Self(name: name, outcome: .failed, message: message, fix: fix)
    }

    static func skipped(_ name: String, _ message: String) -> Self {
        Self(name: name, outcome: .skipped, message: message)
    }
}

extension CheckReport {
    private enum Key: String, CodingKey {
        case settings, checks, ok
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(settings, forKey: .settings)
        try values.encode(findings, forKey: .checks)
        try values.encode(isOK, forKey: .ok)
    }

    /// For people: columns of settings, then a line for each finding, its fix below it.
    var text: [String] {
        let nameWidth = (settings.map(\.name.count) + findings.map(\.name.count)).max() ?? 0
        let named = settings.map { setting in
            let value = setting.value.map { "\($0)  (\(setting.origin ?? ""))" } ?? "not set"
            return "\(setting.name.padded(nameWidth))  \(value)"
        }
        let tried = findings.flatMap { finding in
            let word = finding.outcome.rawValue.padded(Self.outcomeWidth)
            return ["\(word)  \(finding.name): \(finding.message)"]
                + (finding.fix.map { ["\("".padded(Self.outcomeWidth))  -> \($0)"] } ?? [])
        }
        return named + (named.isEmpty ? [] : [""]) + tried
    }

    private static let outcomeWidth = "skipped".count
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
