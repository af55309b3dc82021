import Foundation
import Logging
import Shared
import TestSupport
import Testing

struct LogFormatTests {
    private func line(_ message: String, _ fields: [(name: String, value: String)] = []) -> LogLine
    {
        LogLine(
            time: Timestamp(milliseconds: 1_795_372_200_007), level: .warning, program: "listener",
            message: message, fields: fields)
    }

    @Test func `text is time, level, program, message and fields`() {
        let text = LogFormat.text.line(
            line("stream: lost", [("zone", "a"), ("tries", "3")]), isJournal: false)
        #expect(
            text == "2026-11-22T18:30:00.007Z warning listener: stream: lost zone=a tries=3\n")
    }

    @Test func `the journal gets a severity and no time`() {
        #expect(LogFormat.text.line(line("lost"), isJournal: true) == "<4>lost\n")
        let json = LogFormat.json.line(line("lost"), isJournal: true)
        #expect(json.hasPrefix("<4>{\"time\":"))
    }

    /// The numbers of syslog(3).
    @Test(arguments: [
        (Logger.Level.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3),
        (.critical, 2),
    ])
    func `each level has its severity`(level: Logger.Level, severity: Int) {
        var line = line("x")
        line.level = level
        #expect(LogFormat.text.line(line, isJournal: true) == "<\(severity)>x\n")
    }

    private static let hostile = [
        "\u{1B}[2Jgone", "two\nlines", "a\r\nb", "tab\t\u{0}\u{7F}\u{9B}", "\u{202E}olleh",
        "quote \" and \\ backslash", "line\u{2028}separator", "grüße 😀 \u{E000}",
    ]

    @Test(arguments: hostile)
    func `nothing that drives a terminal reaches it, and a line stays one line`(message: String) {
        for format in LogFormat.allCases {
            let text = format.line(line(message, [("of", message)]), isJournal: false)
            #expect(text.last == "\n")
            for scalar in text.dropLast().unicodeScalars {
                #expect(scalar.properties.generalCategory != .control)
                #expect(scalar.properties.generalCategory != .format)
                #expect(scalar.properties.generalCategory != .lineSeparator)
            }
        }
    }

    @Test(arguments: hostile)
    func `an object of JSON reads back to the same text`(message: String) throws {
        let text = LogFormat.json.line(line(message, [("of", message)]), isJournal: false)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let fields = try #require(object as? [String: String])
        #expect(
            fields == [
                "time": "2026-11-22T18:30:00.007Z", "level": "warning", "program": "listener",
                "message": message, "of": message,
            ])
    }
}

struct LineLogHandlerTests {
    /// What a logger with this style writes into a pipe.
    private func written(
        _ style: LogStyle, environment: (Int32) -> [String: String] = { _ in [:] },
        _ body: (Logger) -> Void
    ) -> String {
        let pipe = Pipe()
        let output = pipe.fileHandleForWriting.fileDescriptor
        let logger = Logger(label: "x") { _ in
            LineLogHandler(
                program: "listener", style: style, environment: environment(output), output: output)
        }
        body(logger)
        pipe.fileHandleForWriting.closeFile()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func `metadata follow the message in order of their names`() {
        let text = written(LogStyle()) { logger in
            var logger = logger
            logger[metadataKey: "zone"] = "a"
            logger.info("hello", metadata: ["bytes": "7"])
        }
        #expect(text.hasSuffix(" info listener: hello bytes=7 zone=a\n"))
    }

    @Test func `what is below the level is not written`() {
        let text = written(LogStyle(level: .warning)) { logger in
            logger.info("one")
            logger.warning("two")
        }
        #expect(text.contains("two"))
        #expect(!text.contains("one"))
    }

    @Test func `the journal is told from another output by device and inode`() {
        func environment(_ output: Int32, plus: UInt64) -> [String: String] {
            var status = stat()
            fstat(output, &status)
            return ["JOURNAL_STREAM": "\(status.st_dev):\(UInt64(status.st_ino) + plus)"]
        }
        let journal = written(LogStyle(), environment: { environment($0, plus: 0) }) {
            $0.error("x")
        }
        #expect(journal == "<3>x\n")
        let other = written(LogStyle(), environment: { environment($0, plus: 1) }) { $0.error("x") }
        #expect(other.hasSuffix(" error listener: x\n"))
    }
}

struct LogStyleTests {
    private func early(_ arguments: [String], _ environment: [String: String] = [:]) -> LogStyle {
        LogStyle.early(prefix: "LISTENER_", arguments: arguments, environment: environment)
    }

    @Test func `before the settings are read, the command line wins over environment and file`()
        throws
    {
        try TemporaryDirectory.with { directory in
            try directory.write(
                Array("LISTENER_LOG_FORMAT=json\nLISTENER_LOG_LEVEL=debug\n".utf8), to: "conf")
            let file = ["listener", "run", "--config", directory.file("conf")]
            #expect(early(file) == LogStyle(format: .json, level: .debug))
            let environment = ["LISTENER_LOG_LEVEL": "error"]
            #expect(early(file, environment) == LogStyle(format: .json, level: .error))
            #expect(
                early(file + ["--log-format=text", "--log-level", "warning"], environment)
                    == LogStyle(format: .text, level: .warning))
        }
    }

    @Test func `before the settings are read, what is not understood changes nothing`() {
        #expect(early(["--config", "/nowhere"]) == LogStyle())
        #expect(early(["--log-format"], ["LISTENER_LOG_LEVEL": "loud"]) == LogStyle())
    }

    @Test(arguments: ["LOG_FORMAT", "LOG_LEVEL"])
    func `a style that does not exist is refused by name`(name: String) throws {
        let definitions = [
            SettingDefinition("LISTENER_LOG_FORMAT", "", default: "text"),
            SettingDefinition("LISTENER_LOG_LEVEL", "", default: "info"),
        ]
        let settings = try Settings(
            definitions, prefixes: ["LISTENER_"], commandLine: [:],
            environment: ["LISTENER_\(name)": "loud"], file: nil)
        let error = #expect(throws: ConfigurationError.self) {
            try LogStyle(settings, prefix: "LISTENER_")
        }
        #expect(error?.message.hasPrefix("LISTENER_\(name)=loud (environment): expected") == true)
    }
}
