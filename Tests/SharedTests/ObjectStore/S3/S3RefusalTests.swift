import Synchronization
import TestSupport
import Testing

@testable import Shared

/// What the store makes of refusals, shown with a server that says exactly what the test wants.
@Suite(.timeLimit(.minutes(5)))
struct S3RefusalTests {
    @Test(arguments: [
        (404, "NoSuchKey", ObjectStoreError.Code.notFound, ""),
        (404, "NoSuchBucket", .invalidRequest, "create the bucket"),
        (403, "AccessDenied", .accessDenied, "check the policy"),
        (403, "InvalidAccessKeyId", .accessDenied, "check AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", .accessDenied, "check AWS_SECRET_ACCESS_KEY"),
        (400, "ExpiredToken", .accessDenied, "get new temporary credentials"),
        (403, "RequestTimeTooSkewed", .accessDenied, "clock"),
        (412, "PreconditionFailed", .preconditionFailed, ""),
        (416, "InvalidRange", .rangeNotSatisfiable, ""),
        (501, "NotImplemented", .unsupported, "TRIBUTARY_CONDITIONAL_WRITES=false"),
        (503, "SlowDown", .throttled, ""),
        (500, "InternalError", .unavailable, ""),
        (400, "AuthorizationHeaderMalformed", .invalidRequest, "AWS_REGION"),
        (400, "InvalidArgument", .invalidRequest, ""),
        (400, "XAmzContentSHA256Mismatch", .checksumMismatch, "damaged on their way"),
    ])
    func `a refusal has a code, the store's words, the request's id and a next step`(
        status: Int, word: String, code: ObjectStoreError.Code, step: String
    ) async throws {
        let server = LoopbackServer { _ in Self.refusal(status, word) }
        let error = await failure(of: server)
        #expect(error?.code == code)
        let text = error?.description ?? ""
        #expect(text.hasPrefix("s3://bucket/p: get \(ObjectKey.sample): \(word) (HTTP \(status), "))
        #expect(text.contains("request REQ1"))
        #expect(text.contains("said so"))
        #expect(text.contains(step))
        #expect(!text.contains("hidden"))
    }

    @Test(arguments: [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests")])
    func `a bad moment of the server is waited out`(status: Int, word: String) async throws {
        let calls = Mutex(0)
        let server = LoopbackServer { _ in
            let call = calls.withLock {
                $0 += 1; return $0
            }
            return call < 4 ? Self.refusal(status, word) : LoopbackServer.reply(200, "there")
        }
        let content = try await store(server).get(.sample)
        #expect(content.bytes == Array("there".utf8))
        #expect(server.requests.count == 4)
    }

    @Test func `attempts are bounded`() async throws {
        let server = LoopbackServer { _ in Self.refusal(500, "InternalError") }
        _ = await failure(of: server)
        #expect(server.requests.count == S3RetryPolicy().attemptsMax)
    }

    @Test(arguments: ["AccessDenied", "NoSuchBucket", "InvalidArgument"])
    func `what cannot get better is asked once`(word: String) async throws {
        let server = LoopbackServer { _ in Self.refusal(403, word) }
        _ = await failure(of: server)
        #expect(server.requests.count == 1)
    }

    @Test func `a clock that is off is corrected once by the store's`() async throws {
        let server = LoopbackServer { request in
            guard request["x-amz-date"]?.hasPrefix("20350102T0304") == true else {
                return Self.refusal(
                    403, "RequestTimeTooSkewed", ("Date", "Tue, 02 Jan 2035 03:04:05 GMT"))
            }
            return LoopbackServer.reply(200, "there")
        }
        let store = try store(server)
        #expect(try await store.get(.sample).bytes == Array("there".utf8))
        #expect(server.requests.count == 2)
        // The correction is kept for later calls.
        #expect(try await store.get(.sample).bytes == Array("there".utf8))
        #expect(server.requests.count == 3)
    }

    @Test func `a head that is refused without a word corrects the clock too`() async throws {
        let server = LoopbackServer { request in
            guard request["x-amz-date"]?.hasPrefix("20350102T0304") == true else {
                return LoopbackServer.reply(
                    403, headers: [("Date", "Tue, 02 Jan 2035 03:04:05 GMT")])
            }
            return LoopbackServer.reply(404)
        }
        #expect(try await store(server).head(.sample) == nil)
        #expect(server.requests.count == 2)
    }

    @Test func `a clock that stays off is given up after one correction`() async throws {
        let server = LoopbackServer { _ in
            Self.refusal(403, "RequestTimeTooSkewed", ("Date", "Tue, 02 Jan 2035 03:04:05 GMT"))
        }
        #expect(await failure(of: server)?.code == .accessDenied)
        #expect(server.requests.count == 2)
    }

    @Test func `an expired token is replaced once`() async throws {
        let loads = Mutex(0)
        let container = LoopbackServer { _ in
            let load = loads.withLock { loads in
                loads += 1
                return loads
            }
            return LoopbackServer.reply(200, CredentialChainTests.document("LOAD\(load)"))
        }
        let server = LoopbackServer { request in
            request["Authorization"]?.contains("Credential=LOAD2/") == true
                ? LoopbackServer.reply(200, "there") : Self.refusal(400, "ExpiredToken")
        }
        let environment = [
            "AWS_ENDPOINT_URL": server.url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(container.url)/",
            "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        ]
        let store = try TestStore.s3("s3://bucket/p", environment, nil)
        #expect(try await store.get(.sample).bytes == Array("there".utf8))
        #expect(server.requests.count == 2)
        #expect(container.requests.count == 2)
    }

    @Test func `names in the bucket that are no keys are passed over, page by page`() async throws {
        let pages = [
            nil: "<IsTruncated>true</IsTruncated>" + Self.entries(["p/", "p//a", "p/.."]),
            "p%2F..": "<IsTruncated>true</IsTruncated>" + Self.entries(["p/a/", "p/b"]),
            "p%2Fb": "<IsTruncated>false</IsTruncated>" + Self.entries(["p/c&#10;d", "q"]),
        ]
        let server = LoopbackServer { request in
            let start = request.target.split(separator: "&").first {
                $0.hasPrefix("start-after=")
            }.map { String($0.dropFirst("start-after=".count)) }
            let page = pages[start] ?? ""
            return LoopbackServer.reply(200, "<ListBucketResult>\(page)</ListBucketResult>")
        }
        let keys = try await store(server).listAll("").map(\.key)
        #expect(keys == [.named("b")])
        #expect(server.requests.count == 3)
    }

    private static func entries(_ names: [String]) -> String {
        names.map { "<Contents><Key>\($0)</Key><Size>1</Size></Contents>" }.joined()
    }

    @Test func `the region that the bucket is in is named`() async throws {
        let refusal = S3Refusal(
            HTTPResponse(
                status: 301, headers: ["x-amz-bucket-region": "ap-south-1"], body: [],
                bodyBytes: 0),
            document: nil)
        let configuration = try S3Configuration(
            "s3://bucket", environment: ["AWS_REGION": "eu-west-1"])
        #expect(
            S3Advice.nextStep(refusal, configuration)
                == "bucket bucket is in ap-south-1: set AWS_REGION=ap-south-1")
    }

    @Test func `an answer that is not S3's says to check the endpoint`() async throws {
        let server = LoopbackServer { _ in LoopbackServer.reply(200, "<html>Welcome") }
        let store = try store(server)
        do throws(ObjectStoreError) {
            _ = try await store.list("", after: nil)
            Issue.record("a page of HTML was read as a listing")
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.description.contains("check the endpoint"))
        }
    }

    private static func refusal(
        _ status: Int, _ word: String, _ headers: (String, String)...
    ) -> [LoopbackServer.Step] {
        LoopbackServer.reply(
            status,
            "<?xml version=\"1.0\"?><Error><Code>\(word)</Code><Message>said so</Message>"
                + "<RequestId>REQ1</RequestId></Error>", headers: headers)
    }

    private func store(_ server: LoopbackServer) throws -> S3ObjectStore {
        try TestStore.s3(
            "s3://bucket/p",
            [
                "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "known",
                "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_SESSION_TOKEN": "hidden",
            ], nil)
    }

    private func failure(of server: LoopbackServer) async -> ObjectStoreError? {
        do throws(ObjectStoreError) {
            let store: S3ObjectStore
            do { store = try self.store(server) } catch { return nil }
            _ = try await store.get(.sample)
            return nil
        } catch {
            return error
        }
    }
}
