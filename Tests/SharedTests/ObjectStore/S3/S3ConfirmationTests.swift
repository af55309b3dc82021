import Synchronization
import TestSupport
import Testing

@testable import Shared

/// What counts as proof that a put is stored, shown with a server that claims what the test wants.
@Suite(.timeLimit(.minutes(5)))
struct S3ConfirmationTests {
    // `printf abc | sha256sum | xxd -r -p | base64` and `printf abc | md5sum`.
    private static let checksum = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    private static let md5 = "900150983cd24fb0d6963f7d28e17f72"

    /// One answer of the server, for any number of requests of its method.
    private typealias Answers = [String: [LoopbackServer.Step]]

    @Test func `the checksum of the reply is proof`() async throws {
        let server = Self.server(["PUT": Self.reply(etag: "v1", checksum: Self.checksum)])
        #expect(try await put(server).etag == ETag("v1"))
        #expect(server.requests.map(\.method) == ["PUT"])
        #expect(server.requests[0]["x-amz-checksum-sha256"] == Self.checksum)
    }

    @Test(arguments: [nil, "AES256"])
    func `an ETag that is the MD5 is proof`(_ encryption: String?) async throws {
        let server = Self.server(["PUT": Self.reply(etag: Self.md5, encryption: encryption)])
        #expect(try await put(server).etag == ETag(Self.md5))
        #expect(server.requests.map(\.method) == ["PUT"])
    }

    @Test func `the checksum of a HEAD is proof`() async throws {
        let server = Self.server([
            "PUT": Self.reply(etag: "v1"),
            "HEAD": Self.reply(etag: "v1", checksum: Self.checksum, bytes: 3),
        ])
        #expect(try await put(server).digest == .sha256(Array("abc".utf8)))
        #expect(server.requests.map(\.method) == ["PUT", "HEAD"])
    }

    @Test(arguments: ["abc", "abd", "ab", "abcd", ""])
    func `without other proof the object is read back`(_ stored: String) async throws {
        let server = Self.server([
            "PUT": Self.reply(etag: Self.md5, encryption: "aws:kms"),
            "HEAD": Self.reply(etag: Self.md5, encryption: "aws:kms", bytes: 3),
            "GET": LoopbackServer.reply(200, stored, headers: [("ETag", "\"\(Self.md5)\"")]),
        ])
        if stored == "abc" {
            #expect(try await put(server).etag == ETag(Self.md5))
        } else {
            await expect(.checksumMismatch) { try await put(server) }
        }
        #expect(server.requests.map(\.method) == ["PUT", "HEAD", "GET"])
        #expect(server.requests[2]["If-Match"] == "\"\(Self.md5)\"")
    }

    @Test func `another checksum is a mismatch at once`() async throws {
        let other = ContentDigest.sha256([]).base64
        let server = Self.server(["PUT": Self.reply(etag: Self.md5, checksum: other)])
        await expect(.checksumMismatch) { try await put(server) }
        #expect(server.requests.map(\.method) == ["PUT"])
    }

    @Test func `another size is a mismatch`() async throws {
        let server = Self.server([
            "PUT": Self.reply(etag: "v1"),
            "HEAD": Self.reply(etag: "v1", checksum: Self.checksum, bytes: 4),
        ])
        await expect(.checksumMismatch) { try await put(server) }
    }

    @Test func `a version that was replaced in between is not confirmed`() async throws {
        let server = Self.server([
            "PUT": Self.reply(etag: "v1"),
            "HEAD": Self.reply(etag: "v2", checksum: Self.checksum, bytes: 3),
        ])
        await expect(.checksumMismatch) { try await put(server) }
    }

    @Test func `a store that says 200 and keeps nothing is found out`() async throws {
        let server = Self.server([
            "PUT": LoopbackServer.reply(200), "HEAD": LoopbackServer.reply(404),
        ])
        await expect(.checksumMismatch) { try await put(server) }
    }

    private static func server(_ answers: Answers) -> LoopbackServer {
        LoopbackServer { answers[$0.method] ?? LoopbackServer.reply(400) }
    }

    /// - Parameter bytes: the length a `HEAD` announces.
    private static func reply(
        etag: String, checksum: String? = nil, encryption: String? = nil, bytes: Int = 0
    ) -> [LoopbackServer.Step] {
        var head = "HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\nETag: \"\(etag)\"\r\n"
        if let checksum { head += "x-amz-checksum-sha256: \(checksum)\r\n" }
        if let encryption { head += "x-amz-server-side-encryption: \(encryption)\r\n" }
        return [.send(head + "\r\n")]
    }

    private func put(_ server: LoopbackServer) async throws -> StoredObject {
        try await TestStore.s3(
            "s3://bucket",
            [
                "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
            ], nil
        ).put(.text("abc"), at: .sample, if: .always)
    }
}
