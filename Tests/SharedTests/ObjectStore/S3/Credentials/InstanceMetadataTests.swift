import TestSupport
import Testing

@testable import Shared

@Suite(.timeLimit(.minutes(5)))
struct InstanceMetadataTests {
    @Test func `credentials come from version 2, with one token for all requests`() async throws {
        let server = Self.server()
        let source = InstanceCredentials(metadata: metadata(server))
        let first = try #require(try await source.load())
        #expect(first.accessKeyID == "INSTANCE")
        #expect(first.expiration == Timestamp("2035-01-02T03:04:05Z"))
        _ = try await source.load()
        #expect(
            server.requests.map { "\($0.method) \($0.target)" } == [
                "PUT /latest/api/token",
                "GET /latest/meta-data/iam/security-credentials/",
                "GET /latest/meta-data/iam/security-credentials/my%20role",
                "GET /latest/meta-data/iam/security-credentials/",
                "GET /latest/meta-data/iam/security-credentials/my%20role",
            ])
        #expect(server.requests[0]["X-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(
            server.requests.dropFirst().allSatisfy { $0["X-aws-ec2-metadata-token"] == "TOKEN" })
    }

    @Test(arguments: [403, 404, 405, 500])
    func `version 1 is never asked, not even where version 2 is refused`(
        _ status: Int
    ) async throws {
        let server = LoopbackServer { request in
            request.method == "PUT"
                ? LoopbackServer.reply(status)
                : LoopbackServer.reply(200, CredentialChainTests.document("VERSION1"))
        }
        let source = InstanceCredentials(metadata: metadata(server))
        await expect(.accessDenied) { try await source.load() }
        #expect(!server.requests.isEmpty)
        #expect(server.requests.allSatisfy { $0.method == "PUT" })
    }

    @Test func `a machine without the service has no credentials from it`() async throws {
        let server = LoopbackServer { _ in [.reset] }
        let source = InstanceCredentials(metadata: metadata(server))
        #expect(try await source.load() == nil)
    }

    @Test func `an instance without a role has no credentials`() async throws {
        let server = LoopbackServer { request in
            request.method == "PUT" ? LoopbackServer.reply(200, "T") : LoopbackServer.reply(404)
        }
        #expect(try await InstanceCredentials(metadata: metadata(server)).load() == nil)
    }

    @Test func `where it is disabled nothing is sent`() async throws {
        let server = Self.server()
        let disabled = InstanceMetadata(
            [
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url,
                "AWS_EC2_METADATA_DISABLED": "TRUE",
            ], http: HTTPClient())
        #expect(try await disabled.text("placement/region") == nil)
        #expect(server.requests.isEmpty)
    }

    @Test func `zone id and region are told`() async throws {
        let server = Self.server()
        let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]
        #expect(try await availabilityZoneID(environment: environment) == "use1-az2")
        #expect(try await RegionCache(nil, metadata: metadata(server)).current() == "us-east-1")
    }

    private static func server() -> LoopbackServer {
        let role = "/latest/meta-data/iam/security-credentials/"
        return LoopbackServer { request in
            switch (request.method, request.target) {
            case ("PUT", "/latest/api/token"): return LoopbackServer.reply(200, "TOKEN")
            case ("GET", role): return LoopbackServer.reply(200, "my role\nother")
            case ("GET", "\(role)my%20role"):
                return LoopbackServer.reply(200, CredentialChainTests.document("INSTANCE"))
            case ("GET", "/latest/meta-data/placement/availability-zone-id"):
                return LoopbackServer.reply(200, "use1-az2")
            case ("GET", "/latest/meta-data/placement/region"):
                return LoopbackServer.reply(200, "us-east-1\n")
            default: return LoopbackServer.reply(404)
            }
        }
    }

    private func metadata(_ server: LoopbackServer) -> InstanceMetadata {
        InstanceMetadata(
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url], http: HTTPClient())
    }
}
