import Testing

@testable import Shared

/// A put is done or not done, and said to be what it is, whatever happens on the way to the store.
@Suite(.timeLimit(.minutes(5)))
struct S3FaultTests {
    private let bytes = [UInt8].pattern(100_000)

    // MARK: Lost replies

    @Test(arguments: TestStore.faulty)
    func `a put whose reply is lost is repeated`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        let fault = try await behind.order(.loseReply, on: .put)
        let stored = try await behind.store.put(.bytes(bytes), at: .sample, if: .always)
        #expect(stored.digest == .sha256(bytes))
        #expect(try await fault.fired == 1)
    }

    @Test(arguments: TestStore.faulty.filter { $0.can(.conditionalCreate) })
    func `a create whose reply is lost finds its own object and succeeds`(
        _ test: TestStore
    ) async throws {
        let behind = try test.faulty()
        for (name, body) in [("full", bytes), ("empty", [])] {
            let key = ObjectKey.named(name)
            let fault = try await behind.order(.loseReply, on: .put)
            let stored = try await behind.store.put(.bytes(body), at: key, if: .absent)
            #expect(stored.bytes == body.count)
            #expect(stored.digest == .sha256(body))
            #expect(try await behind.store.head(key)?.etag == stored.etag)
            #expect(try await fault.fired == 1)
        }
    }

    @Test(arguments: TestStore.faulty.filter { $0.can(.conditionalCreate) })
    func `a create whose refusal is lost is still refused`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        _ = try await behind.store.put(.text("another's"), at: .sample, if: .always)
        let fault = try await behind.order(.loseReply, on: .put)
        await expect(.preconditionFailed) {
            try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
        }
        #expect(try await behind.store.get(.sample).bytes == Array("another's".utf8))
        #expect(try await fault.fired == 1)
    }

    @Test(arguments: TestStore.faulty.filter { $0.can(.conditionalReplace) })
    func `a replacement whose reply is lost finds its own version and succeeds`(
        _ test: TestStore
    ) async throws {
        let behind = try test.faulty()
        let old = try await behind.store.put(.text("old"), at: .sample, if: .always)
        let fault = try await behind.order(.loseReply, on: .put)
        let stored = try await behind.store.put(
            .bytes(bytes), at: .sample, if: .matches(old.etag))
        #expect(stored.digest == .sha256(bytes))
        #expect(try await behind.store.head(.sample)?.etag == stored.etag)
        #expect(try await fault.fired == 1)
        await expect(.preconditionFailed) {
            try await behind.store.put(.text("new"), at: .sample, if: .matches(old.etag))
        }
    }

    @Test(arguments: TestStore.faulty)
    func `a delete whose reply is lost is done`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        _ = try await behind.store.put(.text("x"), at: .sample, if: .always)
        let fault = try await behind.order(.loseReply, on: .delete)
        try await behind.store.delete(.sample)
        #expect(try await behind.store.head(.sample) == nil)
        #expect(try await fault.fired == 1)
    }

    // MARK: Refusals

    @Test(arguments: TestStore.faulty)
    func `a store that asks for patience gets it, within bounds`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        let attempts = S3RetryPolicy().attemptsMax
        let slow = FaultyStore.Kind.refuse(status: 503, code: "SlowDown")
        let passing = try await behind.order(slow, on: .put, times: attempts - 1)
        _ = try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
        #expect(try await passing.fired == attempts - 1)

        let lasting = try await behind.order(slow, on: .put, times: 100)
        await expect(.throttled) {
            try await behind.store.put(.bytes(bytes), at: .named("other"), if: .absent)
        }
        #expect(try await lasting.fired == attempts)
        #expect(try await behind.store.head(.named("other")) == nil)
    }

    @Test(arguments: TestStore.faulty)
    func `a success with an error inside is an error`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        let lie = FaultyStore.Kind.errorInSuccess(code: "InternalError")
        let passing = try await behind.order(lie, on: .put)
        _ = try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
        #expect(try await behind.store.get(.sample).bytes == bytes)
        #expect(try await passing.fired == 1)

        let lasting = try await behind.order(lie, on: .put, times: 100)
        await expect(.unavailable) {
            try await behind.store.put(.bytes(bytes), at: .named("other"), if: .absent)
        }
        #expect(try await lasting.fired == S3RetryPolicy().attemptsMax)
        #expect(try await behind.store.head(.named("other")) == nil)
    }

    // MARK: Broken transfers

    @Test(arguments: TestStore.faulty)
    func `a put that is cut off in the middle is repeated`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        let fault = try await behind.order(.cutRequest, on: .put)
        let condition = test.can(.discardsCutUploads) ? WriteCondition.absent : .always
        _ = try await behind.store.put(.bytes(bytes), at: .sample, if: condition)
        #expect(try await behind.store.get(.sample).bytes == bytes)
        #expect(try await fault.fired == 1)
    }

    @Test(arguments: TestStore.faulty)
    func `bytes that are damaged on their way are never called stored`(
        _ test: TestStore
    ) async throws {
        let behind = try test.faulty()
        let fault = try await behind.order(.flipRequest, on: .put)
        do throws(ObjectStoreError) {
            _ = try await behind.store.put(.bytes(bytes), at: .sample, if: .absent)
            #expect(try await behind.store.get(.sample).bytes == bytes)
        } catch {
            #expect(error.code == .checksumMismatch, "\(error)")
            #expect(!test.can(.verifiesPayloadDigest), "a strict store lets the put be repeated")
        }
        #expect(try await fault.fired == 1)
    }

    @Test(arguments: TestStore.faulty)
    func `a file damaged on its way here is told by its digest`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        _ = try await behind.store.put(.bytes(bytes), at: .sample, if: .always)
        let fault = try await behind.order(.flipReply, on: .get)
        let folder = try ScratchFolder()
        do throws(ObjectStoreError) {
            let fetched = try await behind.store.fetch(.sample, to: "\(folder.path)/file")
            #expect(fetched.digest != .sha256(bytes))
        } catch {
            #expect(error.code == .checksumMismatch, "\(error)")
        }
        #expect(try await fault.fired == 1)
    }

    @Test(arguments: TestStore.faulty)
    func `a reply that is cut off is asked for again`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        _ = try await behind.store.put(.bytes(bytes), at: .sample, if: .always)
        let folder = try ScratchFolder()
        let fault = try await behind.order(.cutReply, on: .get, times: 2)
        #expect(try await behind.store.get(.sample).bytes == bytes)
        #expect(try await fault.fired == 2)
        let another = try await behind.order(.cutReply, on: .get, times: 2)
        _ = try await behind.store.fetch(.sample, to: "\(folder.path)/file")
        #expect(try folder.read("file") == bytes)
        #expect(try await another.fired == 2)
        let listing = try await behind.order(.cutReply, on: .get, query: behind.folder, times: 2)
        #expect(try await behind.store.listAll("").map(\.key) == [.sample])
        #expect(try await listing.fired == 2)
    }

    @Test(arguments: TestStore.faulty)
    func `a put without an answer is repeated`(_ test: TestStore) async throws {
        let behind = try test.faulty()
        var client = behind.store.client
        // Long enough for a busy server, and far shorter than the silence.
        client.timeouts.stall = .seconds(8)
        let store = S3ObjectStore(behind.store.configuration, client: client, limits: S3Limits())
        let fault = try await behind.order(.stall(seconds: 60), on: .put)
        let stored = try await store.put(.bytes(bytes), at: .sample, if: .absent)
        #expect(stored.digest == .sha256(bytes))
        #expect(try await fault.fired == 1)
    }
}
