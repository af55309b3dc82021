/// A text that must never reach a log, an error or a terminal.
///
/// Whatever prints it prints `<redacted>`: `description`, `debugDescription`, `dump` and string
/// interpolation alike. It is not `Codable`, so that it cannot be written by accident.
package struct Secret: Hashable, Sendable {
    /// The text itself, for the one place that needs it.
    package let revealed: String

    package init(_ text: String) {
        revealed = text
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
