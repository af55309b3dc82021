/// A file of `NAME=value` lines, read as systemd reads an `EnvironmentFile`: blank lines and lines
/// that begin with `#` or `;` are left out, white space around the value too, and a value may stand
/// in single or double quotes.
package struct SettingsFile: Sendable {
    package struct Entry: Equatable, Sendable {
        package var name: String
        package var value: String
        package var line: Int
    }

    package let path: String
    package let entries: [Entry]

    package init(path: String) throws {
        let bytes: [UInt8]
        do {
            bytes = try LocalFile.contents(of: path)
        } catch {
            throw ConfigurationError("settings file", cause: error)
        }
        try self.init(path: path, text: String(decoding: bytes, as: UTF8.self))
    }

    package init(path: String, text: String) throws(ConfigurationError) {
        self.path = path
        var entries: [Entry] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let content = line.trimmingSpace()
            guard let first = content.first, first != "#", first != ";" else { continue }
            guard let equals = content.firstIndex(of: "="), equals != content.startIndex else {
                throw ConfigurationError("\(path):\(index + 1): expected NAME=value")
            }
            let name = content[..<equals].trimmingSpace()
            let value = Self.unquote(content[content.index(after: equals)...].trimmingSpace())
            entries.append(Entry(name: String(name), value: value, line: index + 1))
        }
        self.entries = entries
    }

    private static func unquote(_ text: Substring) -> String {
        guard text.count >= 2, let quote = text.first, quote == text.last,
            quote == "\"" || quote == "'"
        else { return String(text) }
        return String(text.dropFirst().dropLast())
    }
}

extension Substring {
    fileprivate func trimmingSpace() -> Substring {
        var text = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        while let last = text.last, last == " " || last == "\t" || last == "\r" {
            text.removeLast()
        }
        return text
    }
}
