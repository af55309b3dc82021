import Logging
import Shared
import Synchronization
import TestSupport
import Testing

@testable import listener

/// Plants secrets in every secret setting, lets a server repeat whatever it is sent, and looks for
/// them in all that comes out of a listener.
struct SecrecyTests {
    private typealias Server = TestSupport.LoopbackServer

    /// Which secrets a source is given: ndjson takes a token or a header, and not both.
    struct Case: CustomStringConvertible {
        var source: StreamKind
        var secrets: [String]
        var description: String { "\(source.rawValue) with \(secrets.joined(separator: ", "))" }
    }

    private static let oauth = [
        "CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET",
    ]
    private static let v2 = ["LISTENER_BEARER_TOKEN", "LISTENER_STREAM_HEADER"]
    private static let cases = [
        Case(source: .filtered, secrets: oauth + v2),
        Case(source: .sampled, secrets: oauth + v2),
        Case(source: .legacy, secrets: oauth + v2),
        Case(source: .ndjson, secrets: oauth + ["LISTENER_BEARER_TOKEN"]),
        Case(source: .ndjson, secrets: oauth + ["LISTENER_STREAM_HEADER"]),
    ]

    private static func planted(_ name: String) -> String {
        "PLANTED" + name.filter(\.isLetter) + "xyzzy"
    }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])

        struct Handler: LogHandler {
            let log: Log
            var metadata = Logger.Metadata()
            var logLevel = Logger.Level.trace

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                log.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
            }
        }

        var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
        var text: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    /// Gives the follow list, and refuses everything else with what it was sent.
    private static func reply(to request: Server.Request) -> [Server.Step] {
        guard !request.target.contains("friends/ids") else {
            return Server.reply(200, #"{"ids":["5"],"next_cursor_str":"0"}"#)
        }
        let sent = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: " | ")
        let detail = sent.replacing("\"", with: "\\\"")
        return Server.reply(
            404, #"{"title":"You sent","detail":"\#(detail)"}"#,
            headers: [("Content-Type", "application/problem+json")])
    }

    @Test func `every secret setting is planted in some case`() {
        let secrets = ListenerSettings.definitions.filter(\.isSecret).map(\.name)
        #expect(Set(Self.cases.flatMap(\.secrets)) == Set(secrets))
    }

    @Test(arguments: cases)
    func `no secret is in logs, errors, files or descriptions`(planting: Case) async throws {
        try await TemporaryDirectory.withFast { directory in
            let server = Server { Self.reply(to: $0) }
            let configuration = try configuration(planting, server, directory)
            let log = Log()
            let planner = StreamPlanner(
                configuration: configuration, client: HTTPClient(), logger: log.logger)
            let listener = Listener(
                configuration: configuration, zone: try #require(configuration.zone),
                store: DirectoryObjectStore(root: directory.file("store")), planner: planner,
                logger: log.logger)
            let error = await #expect(throws: StreamError.self) { try await listener.run() }
            #expect(error?.code == .refused(httpStatus: 404))

            var said = ["\(listener)", String(reflecting: listener), log.text]
            said += ["\(configuration.settings)", "\(error?.description ?? "")"]
            dump(configuration, to: &said[0])
            for file in try Shell.run(["find", directory.path, "-type", "f"]).lines {
                said.append(String(decoding: try LocalFile.contents(of: file), as: UTF8.self))
            }
            for text in said {
                #expect(!text.contains("PLANTED"), "\(text.prefix(2000))")
            }
            // The server had them, and its words were shown.
            let sent = server.requests.flatMap(\.headers).map(\.value).joined()
            #expect(sent.contains("PLANTED"))
            #expect(error?.description.contains("You sent") == true)
            #expect(said.contains { $0.contains(#""format":1"#) }, "no manifest was looked at")
        }
    }

    private func configuration(
        _ planting: Case, _ server: Server, _ directory: TemporaryDirectory
    ) throws -> ListenerConfiguration {
        var environment = [
            "LISTENER_STORE": "file://\(directory.file("store"))",
            "LISTENER_SPOOL": directory.file("spool"), "LISTENER_ZONE": "a",
            "LISTENER_SOURCE": planting.source.rawValue, "LISTENER_STREAM_URL": server.url + "/s",
            "TWITTER_USER": "somebody", "LISTENER_HTTP": "127.0.0.1:0",
        ]
        for name in planting.secrets {
            let isHeader = name == "LISTENER_STREAM_HEADER"
            environment[name] = (isHeader ? "X-API-Key: " : "") + Self.planted(name)
        }
        return try ListenerConfiguration(
            Settings(
                ListenerSettings.definitions, prefixes: ListenerSettings.prefixes,
                commandLine: [:], environment: environment, file: nil))
    }
}

extension [UInt8] {
    fileprivate var lines: [String] {
        String(decoding: self, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
