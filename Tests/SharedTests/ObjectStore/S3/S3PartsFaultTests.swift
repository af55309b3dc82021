import TestSupport
import Testing

@testable import Shared

/// What becomes of an upload in parts when something fails on the way.
@Suite(.timeLimit(.minutes(5)))
struct S3PartsFaultTests {
    private static let singlePutBytesMax = 5 << 20
    private let bytes = [UInt8].pattern(6 << 20)

    @Test(arguments: TestStore.faulty)
    func `an upload goes on after a lost part, a cut part and a lie at the end`(
        _ test: TestStore
    ) async throws {
        let behind = try test.faulty(parts: Self.singlePutBytesMax)
        let faults = [
            try await behind.order(.loseReply, on: .put, query: "partNumber=1"),
            try await behind.order(.cutRequest, on: .put, query: "partNumber=2"),
            try await behind.order(
                .errorInSuccess(code: "InternalError"), on: .post, query: "uploadId"),
        ]
        let stored = try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
        #expect(stored.digest == .sha256(bytes))
        #expect(try await behind.store.get(.sample).bytes == bytes)
        for fault in faults { #expect(try await fault.fired == 1) }
    }

    @Test(arguments: TestStore.faulty)
    func `an upload whose completion is done and not answered succeeds`(
        _ test: TestStore
    ) async throws {
        let behind = try test.faulty(parts: Self.singlePutBytesMax)
        let fault = try await behind.order(.loseReply, on: .post, query: "uploadId")
        let stored = try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
        #expect(stored.digest == .sha256(bytes))
        #expect(try await behind.store.head(.sample)?.etag == stored.etag)
        #expect(try await fault.fired == 1)
    }

    @Test(arguments: TestStore.faulty)
    func `an upload that fails is aborted and leaves nothing`(_ test: TestStore) async throws {
        let behind = try test.faulty(parts: Self.singlePutBytesMax)
        let fault = try await behind.order(
            .refuse(status: 403, code: "AccessDenied"), on: .put, query: "partNumber=2")
        let abort = try await behind.order(.loseReply, on: .delete, query: "uploadId")
        await expect(.accessDenied) {
            try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
        }
        #expect(try await fault.fired == 1)
        #expect(try await abort.fired == 1)
        #expect(try await behind.store.head(.sample) == nil)
        #expect(try await unfinishedUploads(behind) == 0)
    }

    @Test(arguments: TestStore.faulty)
    func `an upload that is cancelled is aborted`(_ test: TestStore) async throws {
        let behind = try test.faulty(parts: Self.singlePutBytesMax)
        let fault = try await behind.order(.stall(seconds: 2), on: .put, query: "partNumber=2")
        let task = Task { [bytes] in
            await expect(.unavailable) {
                try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
            }
        }
        try await eventually { try await fault.fired > 0 }
        task.cancel()
        await task.value
        #expect(try await unfinishedUploads(behind) == 0)
    }

    @Test func `sizes are cut into parts without a gap, never more than S3 takes`() {
        let limits = S3Limits()
        for bytes in [1, limits.partBytes, limits.partBytes + 1, 5 << 30, 5 << 40] {
            let parts = limits.parts(of: bytes)
            #expect(parts.first?.lowerBound == 0)
            #expect(parts.last?.upperBound == bytes)
            #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect(parts.count <= limits.partsMax)
            #expect(parts.dropLast().allSatisfy { $0.count >= 5 << 20 })
        }
    }

    private func unfinishedUploads(_ behind: FaultyStore) async throws -> Int {
        let reply = try await behind.store.client.send(
            S3Request(
                action: "list uploads", method: .get,
                query: ["uploads": "", "prefix": behind.store.configuration.prefix],
                reply: .document))
        let document = try #require(reply.document)
        // Some servers ignore the prefix.
        return document.all("Upload").filter {
            $0.value("Key")?.contains(behind.folder) == true
        }.count
    }
}
