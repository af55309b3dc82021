import Shared
import TestSupport
import Testing

@testable import listener

struct SettingsTests {
    private func settings(
        commandLine: [String: String] = [:], environment: [String: String] = [:],
        file: String? = nil
    ) throws -> Settings {
        try Settings(
            ListenerSettings.definitions, prefixes: ListenerSettings.prefixes,
            commandLine: commandLine, environment: environment,
            file: try file.map { try SettingsFile(path: "/etc/l.conf", text: $0) })
    }

    private func message(_ body: () throws -> Void) -> String? {
        #expect(throws: ConfigurationError.self) { try body() }?.message
    }

    // MARK: Precedence

    @Test func `command line beats environment beats file beats default`() throws {
        let name = "LISTENER_SEGMENT_AGE"
        let line = [name: "1m"]
        let environment = [name: "2m"]
        let file = "\n\(name)=3m"
        let all = try settings(commandLine: line, environment: environment, file: file)
        #expect(all.text(name) == "1m" && all.origin(name) == .commandLine)
        let two = try settings(environment: environment, file: file)
        #expect(two.text(name) == "2m" && two.origin(name) == .environment)
        let one = try settings(file: file)
        #expect(one.text(name) == "3m")
        #expect(one.origin(name)?.description == "/etc/l.conf:2")
        #expect(try settings().text(name) == "5m")
        #expect(try settings().origin(name) == .defaultValue)
        #expect(try settings().origin("LISTENER_ZONE") == nil)
    }

    @Test func `an empty value is as good as none`() throws {
        let settings = try settings(environment: ["LISTENER_ZONE": "", "LISTENER_SPOOL": "/s"])
        #expect(settings.text("LISTENER_ZONE") == nil)
        #expect(
            message { _ = try settings.required("LISTENER_ZONE") }?
                .hasPrefix("LISTENER_ZONE is not set: the name of this zone") == true)
    }

    @Test func `the store's credentials are read from the file beneath the environment`() throws {
        let settings = try settings(
            environment: ["AWS_REGION": "one"], file: "AWS_REGION=two\nAWS_PROFILE=three")
        #expect(settings.environment["AWS_REGION"] == "one")
        #expect(settings.environment["AWS_PROFILE"] == "three")
    }

    // MARK: Files

    @Test func `a file is read as systemd reads it`() throws {
        let file = try SettingsFile(
            path: "f",
            text: """
                # a comment
                ; another
                \tLISTENER_ZONE = use1-az1 \r
                S3_PREFIX="a b"
                CONSUMER_KEY='x=y'
                EMPTY=
                QUOTE="
                S3_PREFIX=last

                """)
        let found = file.entries.map { "\($0.line) \($0.name)=\($0.value)" }
        #expect(
            found == [
                "3 LISTENER_ZONE=use1-az1", "4 S3_PREFIX=a b", "5 CONSUMER_KEY=x=y", "6 EMPTY=",
                "7 QUOTE=\"", "8 S3_PREFIX=last",
            ])
    }

    @Test func `of lines with one name the last counts`() throws {
        let settings = try settings(file: "S3_PREFIX=a\nS3_PREFIX=b")
        #expect(settings.text("S3_PREFIX") == "b")
        #expect(settings.origin("S3_PREFIX")?.description == "/etc/l.conf:2")
    }

    @Test(arguments: ["LISTENER_ZONE", "=x", "# ok\n\nexport"])
    func `a line that is no assignment is refused with its number`(text: String) {
        let number = text.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(
            message { _ = try SettingsFile(path: "f", text: text) }
                == "f:\(number): expected NAME=value")
    }

    @Test func `a missing file is refused by name`() {
        let error = #expect(throws: ConfigurationError.self) {
            try SettingsFile(path: "/nowhere/l.conf")
        }
        #expect(error?.description.contains("/nowhere/l.conf") == true)
    }

    // MARK: Unknown names

    @Test(arguments: [
        ("LISTENER_SEGMENT_BITES", "LISTENER_SEGMENT_BYTES"), ("LISTENER_ZONES", "LISTENER_ZONE"),
        ("LISTENER_BEARER_TOKEN_FIL", "LISTENER_BEARER_TOKEN_FILE"),
    ])
    func `an unknown name of ours is refused with the nearest`(name: String, nearest: String) {
        #expect(
            message { _ = try settings(environment: [name: "x"]) }
                == "environment: \(name) is not a setting: did you mean \(nearest)?")
        #expect(
            message { _ = try settings(file: "# c\n\(name)=x") }
                == "/etc/l.conf:2: \(name) is not a setting: did you mean \(nearest)?")
    }

    @Test func `names of others are none of our business`() throws {
        _ = try settings(environment: [
            "LISTENERS": "x", "PATH": "/bin", "MERGER_X": "y", "TRIBUTARY_X": "z",
        ])
    }

    // MARK: Secrets

    @Test func `a secret is the first line of the file that its variable names`() throws {
        try TemporaryDirectory.withFast { directory in
            try directory.write(Array("s3cret\nsecond line\n".utf8), to: "token")
            let path = directory.file("token")
            let name = "LISTENER_BEARER_TOKEN"
            let fromEnvironment = try settings(environment: [name + "_FILE": path])
            #expect(fromEnvironment.text(name) == "s3cret")
            #expect(fromEnvironment.origin(name) == .secretFile(path: path))
            #expect(try settings(file: "\(name)_FILE=\(path)").text(name) == "s3cret")
            // Said outright in the environment it counts more.
            let both = try settings(environment: [name + "_FILE": path, name: "direct"])
            #expect(both.text(name) == "direct")
        }
    }

    @Test func `systemd's credentials are found by name`() throws {
        try TemporaryDirectory.withFast { directory in
            try directory.write(Array("s3cret".utf8), to: "CONSUMER_SECRET")
            let environment = ["CREDENTIALS_DIRECTORY": directory.path]
            let settings = try settings(environment: environment)
            #expect(settings.text("CONSUMER_SECRET") == "s3cret")
            #expect(settings.text("CONSUMER_KEY") == nil)
            // Only secrets are looked for there.
            try directory.write(Array("z".utf8), to: "LISTENER_ZONE")
            #expect(try self.settings(environment: environment).text("LISTENER_ZONE") == nil)
        }
    }

    @Test func `a secret file that is not there is refused, not passed over`() {
        let error = #expect(throws: ConfigurationError.self) {
            try settings(environment: ["ACCESS_TOKEN_FILE": "/nowhere/token"])
        }
        #expect(error?.message == "ACCESS_TOKEN_FILE")
        #expect(error?.description.contains("/nowhere/token") == true)
    }

    @Test func `no file is read for a setting that is not secret`() {
        #expect(
            message { _ = try settings(environment: ["LISTENER_ZONE_FILE": "/x"]) }?
                .contains("LISTENER_ZONE_FILE is not a setting") == true)
    }

    @Test func `printing settings shows no value`() throws {
        let values = [
            "LISTENER_BEARER_TOKEN": "s3cret", "AWS_SECRET_ACCESS_KEY": "t0psecret",
            "LISTENER_STORE": "file:///s",
        ]
        let settings = try settings(environment: values)
        let configuration = try ListenerConfiguration(settings)
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(settings)", "\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("s3cret"))
            #expect(!text.contains("t0psecret"))
        }
    }

    // MARK: Values

    @Test(arguments: [
        ("3s", 3000), ("500ms", 500), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000),
        ("0s", 0),
    ])
    func `durations have a unit`(text: String, milliseconds: Int64) {
        #expect(Duration(setting: text)?.wholeMilliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "5", "s", "-1s", "1.5s", "5 s", "5S", "3651d", "9223372036854775807ms",
        "99999999999999999d", "1s1", "٣s",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(Duration(setting: text) == nil)
    }

    @Test func `a value that cannot be read is shown with its origin and what was expected`() throws
    {
        let settings = try settings(
            environment: ["TRIBUTARY_CONDITIONAL_WRITES": "no"],
            file: "LISTENER_SEGMENT_AGE=soon")
        #expect(
            message { _ = try settings.flag("TRIBUTARY_CONDITIONAL_WRITES") }
                == "TRIBUTARY_CONDITIONAL_WRITES=no (environment): expected true or false")
        #expect(
            message { _ = try settings.duration("LISTENER_SEGMENT_AGE") }
                == "LISTENER_SEGMENT_AGE=soon (/etc/l.conf:1): expected a duration such as 3s, "
                + "500ms, 5m or 1h, of ten years at most")
    }
}
