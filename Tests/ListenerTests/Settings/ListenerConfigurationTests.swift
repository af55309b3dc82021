import Shared
import Testing

@testable import listener

struct ListenerConfigurationTests {
    private func configuration(_ environment: [String: String]) throws -> ListenerConfiguration {
        try ListenerConfiguration(
            Settings(
                ListenerSettings.definitions, prefixes: ListenerSettings.prefixes,
                commandLine: [:], environment: environment, file: nil))
    }

    private func message(_ environment: [String: String]) -> String? {
        let error = #expect(throws: ConfigurationError.self) { try configuration(environment) }
        #expect(error?.exitCode == .configuration)
        return error?.message
    }

    @Test func `a store is all that must be said`() throws {
        let configuration = try configuration(["LISTENER_STORE": "file:///s"])
        #expect(configuration.storeURL == "file:///s")
        #expect(configuration.zone == nil)
        #expect(configuration.source == .filtered)
        #expect(configuration.streamName == "default")
        #expect(configuration.syncInterval == .seconds(1))
        #expect(
            configuration.rotation
                == RotationPolicy(segmentBytesMax: 64 << 20, segmentAge: .seconds(300)))
        #expect(configuration.stallTimeout == nil)
        #expect(configuration.quietAlarm == .seconds(3600))
        #expect(configuration.allowsBackfill)
        #expect(configuration.certificateAuthorities == nil)
        #expect(configuration.usesConditionalWrites)
        #expect(message([:])?.hasPrefix("LISTENER_STORE is not set") == true)
    }

    @Test func `metrics are served on the loopback unless somebody says otherwise`() throws {
        func address(_ environment: [String: String]) throws -> String? {
            try configuration(environment.merging(["LISTENER_STORE": "file:///s"]) { $1 })
                .http?.description
        }
        #expect(try address([:]) == "127.0.0.1:9464")
        #expect(try address(["LISTENER_HTTP": "[::1]:0"]) == "[::1]:0")
        #expect(try address(["LISTENER_HTTP": "off"]) == nil)
    }

    @Test func `the seed's bucket and prefix name the store`() throws {
        #expect(try configuration(["S3_BUCKET": "b"]).storeURL == "s3://b")
        #expect(
            try configuration(["S3_BUCKET": "b", "S3_PREFIX": "p/q"]).storeURL == "s3://b/p/q")
        #expect(
            try configuration(["S3_BUCKET": "b", "LISTENER_STORE": "file:///s"]).storeURL
                == "file:///s")
        #expect(message(["S3_PREFIX": "p"])?.hasPrefix("LISTENER_STORE is not set") == true)
    }

    @Test func `an output file needs no store`() throws {
        let configuration = try configuration(["LISTENER_OUTPUT_FILE": "/o.gz"])
        #expect(configuration.outputFile == "/o.gz")
        #expect(configuration.storeURL == nil)
    }

    @Test(arguments: [
        ("LISTENER_ZONE", "a b"), ("LISTENER_ZONE", "../x"), ("LISTENER_ZONE", "-a"),
        ("LISTENER_SOURCE", "x"), ("LISTENER_SEGMENT_AGE", "0s"), ("LISTENER_SEGMENT_AGE", "5"),
        ("LISTENER_SEGMENT_AGE", "999ms"), ("LISTENER_SPOOL_BYTES", "63KiB"),
        ("LISTENER_OUTPUT_FILE", "/tmp"), ("LISTENER_CA_FILE", "/tmp"),
        ("LISTENER_CA_FILE", "/no/such/file.pem"),
        ("LISTENER_SYNC_INTERVAL", "0ms"), ("LISTENER_STALL_TIMEOUT", "0s"),
        ("LISTENER_QUIET_ALARM", "0s"),
        ("LISTENER_SEGMENT_BYTES", "big"), ("LISTENER_SEGMENT_BYTES", "0"),
        ("LISTENER_SHUTDOWN_DEADLINE", "later"), ("TRIBUTARY_CONDITIONAL_WRITES", "1"),
        ("LISTENER_HTTP", "9464"), ("LISTENER_HTTP", "::1:9464"),
        ("LISTENER_LOG_FORMAT", "xml"), ("LISTENER_LOG_LEVEL", "loud"),
    ])
    func `a value that cannot be is refused by name`(name: String, value: String) {
        #expect(message(["LISTENER_STORE": "file:///s", name: value])?.hasPrefix(name) == true)
    }

    @Test(arguments: [
        "LISTENER_BEARER_TOKEN", "CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN",
        "ACCESS_TOKEN_SECRET",
    ])
    func `a secret with a byte that no header may have is refused and not shown`(name: String) {
        for value in ["t0p\r\nHost: b", "t0p\n", "t0p\u{0}x", "t0p\u{7f}", "t0p\u{e9}"] {
            let message = message(["LISTENER_STORE": "file:///s", name: value])
            #expect(message?.hasPrefix("\(name): byte 4 is no visible ASCII") == true)
            #expect(message?.contains("t0p") == false)
        }
    }

    @Test func `every source has its name`() throws {
        for (name, kind) in [
            ("x-filtered", StreamKind.filtered), ("x-sample", .sampled), ("twitter-v1", .legacy),
            ("ndjson", .ndjson), ("stdin", .standardInput),
        ] {
            let values = ["LISTENER_STORE": "file:///s", "LISTENER_SOURCE": name]
            #expect(try configuration(values).source == kind)
        }
    }

    // MARK: Whom, and where the id is

    private func feed(_ more: [String: String]) -> [String: String] {
        ["LISTENER_STORE": "file:///s", "LISTENER_SOURCE": "ndjson"]
            .merging(more) { _, new in new }
    }

    @Test(arguments: ["X-API-Key: abc", "X-API-Key:abc", "X-API-Key: \t abc  "])
    func `a header is a name and a value, without the blanks around it`(text: String) throws {
        let credential = try configuration(feed(["LISTENER_STREAM_HEADER": text]))
            .ndjsonCredential
        guard case .header(let name, let value) = credential else {
            Issue.record("\(credential)")
            return
        }
        #expect(name == "X-API-Key")
        #expect(value.revealed == "abc")
    }

    @Test(arguments: [
        "X-API-Key", "X-API-Key:", "X-API-Key:  ", ": abc", "X API: abc", "X\u{e9}: abc",
        "X-API-Key: a\r\nHost: b", "X-API-Key: a\nb", "X-API-Key: a\u{0}b", "X-API-Key : abc",
    ])
    func `what is no header field is refused and not shown`(text: String) {
        let message = message(feed(["LISTENER_STREAM_HEADER": text]))
        #expect(
            message == "LISTENER_STREAM_HEADER: expected one header field, as in X-API-Key: abc")
    }

    @Test func `a header stands for the token, and other sources have no use for it`() throws {
        let header = ["LISTENER_STREAM_HEADER": "K: secret-value"]
        let both = header.merging(["LISTENER_BEARER_TOKEN": "t"]) { _, new in new }
        #expect(message(feed(both))?.contains("unset one of them") == true)
        let elsewhere = header.merging(["LISTENER_SOURCE": "x-sample"]) { _, new in new }
        guard case .anonymous = try configuration(feed(elsewhere)).ndjsonCredential else {
            Issue.record("a header was taken for another source")
            return
        }
    }

    @Test func `an id pointer is for sources that are not X's`() throws {
        let pointer = ["LISTENER_ID_POINTER": "/post/id"]
        #expect(try configuration(feed(pointer)).idPointer?.text == "/post/id")
        #expect(message(feed(["LISTENER_ID_POINTER": "post"]))?.contains("JSON pointer") == true)
        let elsewhere = pointer.merging(["LISTENER_SOURCE": "x-filtered"]) { _, new in new }
        #expect(message(feed(elsewhere))?.contains("is for ndjson and stdin") == true)
    }

    @Test func `who owns the rules must say whom to follow, and how much fits`() throws {
        let store = ["LISTENER_STORE": "file:///s"]
        let plain = try configuration(store)
        #expect(!plain.ownsRules)
        #expect(plain.refresh == .seconds(900))
        #expect(plain.rulePacking == RulePacking(lengthMax: 1024, rulesMax: 1000))
        let owner = store.merging(["LISTENER_RULES_OWNER": "true"]) { _, new in new }
        #expect(message(owner)?.hasPrefix("TWITTER_USER is not set") == true)
        #expect(
            message(store.merging(["LISTENER_RULE_LENGTH": "23"]) { _, new in new })?
                .contains("expected a whole number from 24") == true)
        #expect(
            message(store.merging(["LISTENER_RULES_MAX": "0"]) { _, new in new })?
                .contains("expected a whole number from 1") == true)
    }
}
