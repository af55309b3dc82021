import Shared
import Testing

@testable import listener

struct StreamNoticeTests {
    /// As capture does it: the scanner says what kind of line it is.
    private func notice(_ line: String) -> StreamNotice? {
        Array(line.utf8).withUnsafeBytes { bytes in
            guard case .notice(let kind, _) = RecordScanner().scan(bytes) else { return nil }
            return StreamNotice(kind, bytes)
        }
    }

    private func disconnect(_ line: String) -> StreamDisconnect? {
        guard case .disconnect(let disconnect) = notice(line) else { return nil }
        return disconnect
    }

    @Test(arguments: [
        (1, StreamDisconnect.Consequence.reconnect), (2, .conflict), (3, .reconnect),
        (4, .slowReader), (5, .reconnect), (6, .revoked), (7, .conflict), (9, .reconnect),
        (10, .reconnect), (11, .reconnect), (12, .reconnect), (99, .reconnect),
    ])
    func `each disconnect code of v1 has its consequence`(
        code: Int, consequence: StreamDisconnect.Consequence
    ) {
        let line = #"{"disconnect":{"code": \#(code),"stream_name":"s","reason":"why it ends"}}"#
        #expect(
            disconnect(line)
                == StreamDisconnect(
                    consequence: consequence, name: "disconnect code \(code) (why it ends)"))
    }

    @Test(arguments: [
        #"{"disconnect":{}}"#, #"{"disconnect":null}"#, #"{"disconnect":"bye"}"#,
        #"{"disconnect":{"code":"7"}}"#,
    ])
    func `a disconnect of v1 that cannot be read is still one`(line: String) {
        #expect(disconnect(line)?.consequence == .reconnect)
    }

    @Test(
        arguments: [
            "OperationalDisconnect", "UpstreamOperationalDisconnect", "ForceDisconnect",
            "UpstreamUncleanDisconnect", "SlowReader", "InternalError",
            "ClientApplicationStateDegraded", "InvalidRules", "PackageUpgraded",
            "PackageDowngraded", "NeverHeardOf",
        ], ["api.twitter.com", "api.x.com"])
    func `each disconnect type of v2 ends the connection, whatever host its problem names`(
        type: String, host: String
    ) {
        let line = """
            {"errors":[{"title":"operational-disconnect","disconnect_type":"\(type)",\
            "detail":"It ends.","type":"https://\(host)/2/problems/operational-disconnect"}]}
            """
        #expect(
            disconnect(line)
                == StreamDisconnect(
                    consequence: type == "SlowReader" ? .slowReader : .reconnect,
                    name: "\(type) (It ends.)"))
    }

    @Test(arguments: ["api.twitter.com", "api.x.com"])
    func `a problem is known by the end of its type where it has no disconnect type`(host: String) {
        for name in ["operational-disconnect", "streaming-connection"] {
            let line = #"{"errors":[{"type":"https://\#(host)/2/problems/\#(name)"}]}"#
            #expect(disconnect(line)?.name == name)
        }
    }

    @Test(arguments: [
        ("TooManyConnections", StreamDisconnect.Consequence.conflict),
        ("ProvisioningSubscription", .reconnect), ("RuleConfigurationIssue", .reconnect),
        ("RulesInvalidIssue", .reconnect), ("NeverHeardOf", .reconnect),
    ])
    func `a connection issue ends the connection`(
        issue: String, consequence: StreamDisconnect.Consequence
    ) {
        let line = #"{"errors":[{"connection_issue":"\#(issue)"}]}"#
        #expect(disconnect(line) == StreamDisconnect(consequence: consequence, name: issue))
    }

    @Test func `data with errors is a post, whatever the errors say`() {
        #expect(
            notice(#"{"data":{"id":"1"},"errors":[{"disconnect_type":"ForceDisconnect"}]}"#) == nil)
    }

    @Test(arguments: [
        (
            #"{"errors":[{"title":"Not Found Error","detail":"No such user."}]}"#,
            "Not Found Error: No such user."
        ),
        (
            #"{"warning":{"code":"FOLLOWS_OVER_LIMIT","message":"too many"}}"#,
            "FOLLOWS_OVER_LIMIT: too many"
        ),
    ])
    func `other errors and warnings end nothing`(line: String, text: String) {
        #expect(notice(line) == .other(text))
    }

    @Test func `limits and stall warnings are read`() {
        #expect(notice(#"{"limit":{"track":1234}}"#) == .limit(undelivered: 1234))
        #expect(
            notice(#"{"warning":{"code":"FALLING_BEHIND","message":"m","percent_full":60}}"#)
                == .fallingBehind(percentFull: 60))
        #expect(
            notice(#"{"warning":{"code":"FALLING_BEHIND"}}"#) == .fallingBehind(percentFull: nil))
    }

    @Test(arguments: [
        #"{"errors":[]}"#, #"{"errors":{}}"#, #"{"limit":{"track":"x"}}"#, #"{"warning":1}"#,
        #"{"delete":{"status":{"id":1}}}"#, #"{"unheard":{"of":1}}"#, #"{}"#,
    ])
    func `what concerns no connection is nothing to the source`(line: String) {
        #expect(notice(line) == nil)
    }

    @Test func `control characters of a server do not reach a terminal`() {
        let line = #"{"errors":[{"disconnect_type":"A\u001b[31mB","detail":"x\ny"}]}"#
        #expect(disconnect(line)?.name == "A [31mB (x y)")
    }
}
