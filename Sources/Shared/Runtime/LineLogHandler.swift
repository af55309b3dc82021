private import CPosix
private import Glibc
package import Logging

/// Writes each event as one line, by one write(2), to standard error.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    private let program: String
    private let format: LogFormat
    private let isJournal: Bool
    private let output: Int32

    /// - Parameter output: a descriptor; 2 is standard error.
    package init(
        program: String, style: LogStyle, environment: [String: String], output: Int32 = 2
    ) {
        self.program = program
        self.output = output
        format = style.format
        logLevel = style.level
        isJournal = Self.isJournal(output, environment["JOURNAL_STREAM"])
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let own = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let fields = own.sorted { $0.key < $1.key }.map { (name: $0.key, value: "\($0.value)") }
        let line = LogLine(
            time: .now, level: event.level, program: program, message: "\(event.message)",
            fields: fields)
        write(format.line(line, isJournal: isJournal))
    }

    /// A log that cannot be written must not end the program: there is nobody to tell.
    private func write(_ line: String) {
        let bytes = Array(line.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                Glibc.write(output, $0.baseAddress, $0.count)
            }
            if count > 0 { done += count } else if errno != EINTR { return }
        }
    }

    /// systemd sets the variable for its children, whose output may be redirected all the same:
    /// systemd.exec(5) asks to compare device and inode.
    private static func isJournal(_ output: Int32, _ stream: String?) -> Bool {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        guard let stream, cposix_file_identity(output, &device, &inode) == 0 else { return false }
        return stream == "\(device):\(inode)"
    }
}
