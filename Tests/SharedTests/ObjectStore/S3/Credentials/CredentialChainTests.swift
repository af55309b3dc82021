import Synchronization
import TestSupport
import Testing

@testable import Shared

/// Where credentials come from, shown with local servers and files. The machine's own environment
/// and metadata are never looked at.
@Suite(.timeLimit(.minutes(5)))
struct CredentialChainTests {
    private let folder: ScratchFolder
    /// Nothing of the machine, and no metadata service.
    private let nowhere: [String: String]

    init() throws {
        folder = try ScratchFolder()
        nowhere = [
            "AWS_CONFIG_FILE": "/nonexistent/config",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1",
        ]
    }

    // MARK: Environment and files

    @Test func `the environment comes first`() async throws {
        let found = try await find([
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            "AWS_SHARED_CREDENTIALS_FILE": try folder.write(
                "[default]\naws_access_key_id=other\naws_secret_access_key=s", to: "c"),
        ])
        #expect(
            found
                == AWSCredentials(
                    accessKeyID: "id", secretAccessKey: Secret("secret"),
                    sessionToken: Secret("token")))
    }

    @Test(arguments: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    func `half of a key pair is an error, not a reason to look elsewhere`(
        _ variable: String
    ) async throws {
        let text = try await error([variable: "hidden"])
        #expect(text.contains("\(variable) is set"))
        #expect(!text.contains("hidden"))
    }

    @Test func `a profile is read from both files, the credentials file on top`() async throws {
        let files = [
            "AWS_CONFIG_FILE": try folder.write(
                """
                # comment
                [default]
                aws_access_key_id = default-id
                aws_secret_access_key = default-secret
                [profile  work]
                aws_access_key_id = config-id
                aws_secret_access_key = config-secret
                s3 =
                    addressing_style = path
                    aws_access_key_id = nested
                """, to: "config"),
            "AWS_SHARED_CREDENTIALS_FILE": try folder.write(
                "[work]\r\nAWS_Access_Key_ID=credentials-id # not part of it\r\n"
                    + "aws_secret_access_key=a#b;c=d\r\naws_session_token = t\r\n",
                to: "credentials"),
        ]
        let fromDefault = try await find(files)
        #expect(fromDefault.accessKeyID == "default-id")
        let fromWork = try await find(files.merging(["AWS_PROFILE": "work"]) { $1 })
        #expect(fromWork.accessKeyID == "credentials-id")
        #expect(fromWork.secretAccessKey == Secret("a#b;c=d"))
        #expect(fromWork.sessionToken == Secret("t"))
    }

    @Test func `a profile that was asked for and is not there is an error`() async throws {
        #expect(try await error(["AWS_PROFILE": "gone"]).contains("no profile \"gone\""))
    }

    @Test(arguments: [
        "credential_process = /bin/true", "role_arn = arn:x\nsource_profile = y",
        "sso_session = z",
    ])
    func `a profile that needs what is not supported says so`(_ setting: String) async throws {
        let path = try folder.write("[default]\n\(setting)\n", to: "config")
        let text = try await error(["AWS_CONFIG_FILE": path])
        #expect(text.contains("is not supported"))
        #expect(text.contains("export-credentials"))
    }

    // MARK: Web identity

    @Test func `a web identity token is exchanged at STS`() async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(200, Self.stsAnswer) }
        let found = try await find([
            "AWS_WEB_IDENTITY_TOKEN_FILE": try folder.write("to+k/en=\n", to: "token"),
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_ENDPOINT_URL_STS": server.url,
        ])
        #expect(found.accessKeyID == "ASIA1")
        #expect(found.secretAccessKey == Secret("sts-secret"))
        #expect(found.sessionToken == Secret("sts-token"))
        #expect(found.expiration == Timestamp("2035-01-02T03:04:05Z"))
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
                + "&RoleSessionName=tributary&Version=2011-06-15&WebIdentityToken=to%2Bk%2Fen%3D")
    }

    @Test func `a profile's role takes a web identity too`() async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(200, Self.stsAnswer) }
        let token = try folder.write("token", to: "token")
        let config = try folder.write(
            "[default]\nrole_arn = arn:r\nweb_identity_token_file = \(token)\n"
                + "role_session_name = me\n", to: "config")
        let found = try await find([
            "AWS_CONFIG_FILE": config, "AWS_ENDPOINT_URL_STS": server.url,
        ])
        #expect(found.accessKeyID == "ASIA1")
        let body = String(decoding: server.requests.first?.body ?? [], as: UTF8.self)
        #expect(body.contains("RoleSessionName=me"))
    }

    @Test func `STS's refusal is told, without the token`() async throws {
        let server = LoopbackServer { _ in
            LoopbackServer.reply(
                400,
                "<ErrorResponse><Error><Code>InvalidIdentityToken</Code>"
                    + "<Message>No provider</Message></Error></ErrorResponse>")
        }
        let text = try await error([
            "AWS_WEB_IDENTITY_TOKEN_FILE": try folder.write("hidden", to: "token"),
            "AWS_ROLE_ARN": "arn:r", "AWS_ENDPOINT_URL_STS": server.url,
        ])
        #expect(text.contains("InvalidIdentityToken"))
        #expect(text.contains("trust policy"))
        #expect(!text.contains("hidden"))
    }

    @Test func `a token is not sent over http to another machine`() async throws {
        let text = try await error([
            "AWS_WEB_IDENTITY_TOKEN_FILE": try folder.write("hidden", to: "token"),
            "AWS_ROLE_ARN": "arn:r", "AWS_ENDPOINT_URL_STS": "http://sts.example",
        ])
        #expect(text.contains("over https"))
    }

    // MARK: Containers

    @Test func `a container's role is fetched with its token`() async throws {
        let server = LoopbackServer { request in
            request["Authorization"] == "Basic abc"
                ? LoopbackServer.reply(200, Self.document("CONTAINER")) : LoopbackServer.reply(401)
        }
        let url = "\(server.url)/creds?x=1"
        let fromFile = try await find([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": try folder.write("Basic abc\n", to: "t"),
        ])
        #expect(fromFile.accessKeyID == "CONTAINER")
        let fromVariable = try await find([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
        ])
        #expect(fromVariable.sessionToken == Secret("metadata-token"))
        #expect(server.requests.allSatisfy { $0.target == "/creds?x=1" })
    }

    @Test(arguments: [
        "http://example.com/creds", "http://169.254.170.3/x", "http://127.evil.example/x",
        "http://127.0.0.1@evil.example/x", "ftp://127.0.0.1/x", "127.0.0.1/x",
    ])
    func `a container's address that leaves the machine in the clear is refused`(
        _ url: String
    ) async throws {
        let text = try await error(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect(text.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    }

    @Test func `a token of two lines is refused`() async throws {
        let text = try await error([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX-Injected: b",
        ])
        #expect(text.contains("more than one line"))
    }

    // MARK: Helpers

    static let stsAnswer = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
        <SecretAccessKey>sts-secret</SecretAccessKey><SessionToken>sts-token</SessionToken>
        <Expiration>2035-01-02T03:04:05Z</Expiration></Credentials>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
        """

    static func document(_ id: String, expiration: String = "2035-01-02T03:04:05Z") -> String {
        """
        {"Code": "Success", "AccessKeyId": "\(id)", "SecretAccessKey": "metadata-secret",
         "Token": "metadata-token", "Expiration": "\(expiration)", "Type": "AWS-HMAC"}
        """
    }

    private func find(_ environment: [String: String]) async throws -> AWSCredentials {
        try await cache(environment).current()
    }

    /// The text of the error that looking for credentials ends with.
    private func error(_ environment: [String: String]) async throws -> String {
        do throws(ObjectStoreError) {
            let found = try await cache(environment).current()
            Issue.record("found \(found.accessKeyID)")
            return ""
        } catch {
            #expect(error.code == .accessDenied)
            return error.description
        }
    }

    private func cache(_ environment: [String: String]) -> CredentialCache {
        let environment = nowhere.merging(environment) { $1 }
        let http = HTTPClient()
        let metadata = InstanceMetadata(environment, http: http)
        let region = RegionCache(environment["AWS_REGION"], metadata: metadata)
        return CredentialCache(
            CredentialChain.sources(environment, region: region, http: http),
            wallClock: { .now })
    }
}
