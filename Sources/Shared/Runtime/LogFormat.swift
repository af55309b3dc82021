package import Logging

/// How an event of the log looks on its one line.
package enum LogFormat: String, CaseIterable, Sendable {
    /// For people: time, level, program, message, `key=value`.
    case text
    /// For programs: one object.
    case json

    /// - Parameter isJournal: journald has the time and the program's name already, and takes the
    ///   severity from a prefix (sd-daemon(3)).
    package func line(
        _ event: LogLine, isJournal: Bool
    ) -> String {
        let prefix = isJournal ? "<\(event.level.severity)>" : ""
        return prefix + (self == .json ? json(event) : text(event, isJournal: isJournal)) + "\n"
    }

    private func text(_ event: LogLine, isJournal: Bool) -> String {
        let head = isJournal ? "" : "\(event.time) \(event.level) \(event.program): "
        let fields = event.fields.map { " \($0.name)=\($0.value)" }.joined()
        return head + LogEscape.text(event.message + fields)
    }

    private func json(_ event: LogLine) -> String {
        let known = [
            ("time", event.time.description), ("level", event.level.rawValue),
            ("program", event.program), ("message", event.message),
        ]
        let fields = (known + event.fields.map { ($0.name, $0.value) }).map { name, value in
            "\"\(LogEscape.json(name))\":\"\(LogEscape.json(value))\""
        }
        return "{\(fields.joined(separator: ","))}"
    }
}

/// What there is to say about one event.
package struct LogLine: Sendable {
    package var time: Timestamp
    package var level: Logger.Level
    package var program: String
    package var message: String
    /// In order of their names.
    package var fields: [(name: String, value: String)]

    package init(
        time: Timestamp, level: Logger.Level, program: String, message: String,
        fields: [(name: String, value: String)] = []
    ) {
        self.time = time
        self.level = level
        self.program = program
        self.message = message
        self.fields = fields
    }
}

extension Logger.Level {
    /// That of syslog(3): 7 is debug, 2 is critical.
    fileprivate var severity: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
