/// The format of `~/.aws/config` and `~/.aws/credentials`: sections of `name = value` lines.
///
/// Lines that begin with a blank belong to the setting above them, such as those under `s3 =`, and
/// are skipped: none of them means anything here.
struct INIFile: Sendable {
    private var sections: [String: [String: String]] = [:]

    init(_ text: String) {
        var section: String?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else {
                continue
            }
            if first == "[" {
                let name = line.dropFirst().prefix { $0 != "]" }
                section = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                section.map { sections[$0, default: [:]].merge([:]) { old, _ in old } }
            } else if let section, let (name, value) = Self.setting(line) {
                sections[section]?[name] = value
            }
        }
    }

    subscript(section: String) -> [String: String]? { sections[section] }

    private static func setting(_ line: Substring) -> (name: String, value: String)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        var value = line[line.index(after: equals)...].trimmingBlanks()
        // A comment behind a value begins with a blank, since secret keys may hold a `#`.
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let comment = value.firstRange(of: mark) {
                value = value[..<comment.lowerBound].trimmingBlanks()
            }
        }
        return (line[..<equals].trimmingBlanks().lowercased(), String(value))
    }
}
