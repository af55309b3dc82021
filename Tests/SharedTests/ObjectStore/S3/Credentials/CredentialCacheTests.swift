import Synchronization
import Testing

@testable import Shared

@Suite(.timeLimit(.minutes(5)))
struct CredentialCacheTests {
    private let clock = ManualClock()

    @Test func `credentials are loaded once for any number of callers`() async throws {
        let source = CountingSource { _ in .success(nil, expires: nil) }
        let cache = CredentialCache([source], wallClock: clock.now)
        try await withThrowingTaskGroup(of: AWSCredentials.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.current() } }
            for try await credentials in group { #expect(credentials.accessKeyID == "load 1") }
        }
        #expect(source.loads == 1)
    }

    @Test func `credentials are loaded again shortly before they expire`() async throws {
        let clock = clock
        let source = CountingSource { _ in .success(nil, expires: clock.in(.seconds(3600))) }
        let cache = CredentialCache([source], wallClock: clock.now)
        _ = try await cache.current()
        clock.advance(by: .seconds(3600) - CredentialCache.refreshMargin - .seconds(1))
        #expect(try await cache.current().accessKeyID == "load 1")
        clock.advance(by: .seconds(1))
        #expect(try await cache.current().accessKeyID == "load 2")
    }

    @Test func `what is about to expire is used while nothing newer is to be had`() async throws {
        let clock = clock
        let end = clock.in(.seconds(600))
        let source = CountingSource { load in
            load == 1 ? .success(nil, expires: end) : .failure
        }
        let cache = CredentialCache([source], wallClock: clock.now)
        _ = try await cache.current()
        clock.advance(by: .seconds(599))
        #expect(try await cache.current().accessKeyID == "load 1")
        clock.advance(by: .seconds(2))
        await expect(.accessDenied) { try await cache.current() }
    }

    @Test func `credentials that the store rejects are loaded again`() async throws {
        let source = CountingSource { _ in .success(nil, expires: nil) }
        let cache = CredentialCache([source], wallClock: clock.now)
        let first = try await cache.current()
        let second = try await cache.current(replacing: first)
        #expect(second.accessKeyID == "load 2")
        #expect(try await cache.current() == second)
        // Somebody else has replaced them already.
        #expect(try await cache.current(replacing: first) == second)
    }

    @Test func `places are asked in order, and only the one that answered is asked again`()
        async throws
    {
        let empty = CountingSource { _ in .nothing }
        let full = CountingSource { load in .success("full \(load)", expires: nil) }
        let never = CountingSource { _ in .success("never", expires: nil) }
        let cache = CredentialCache([empty, full, never], wallClock: clock.now)
        let first = try await cache.current()
        #expect(first.accessKeyID == "full 1")
        _ = try await cache.current(replacing: first)
        #expect([empty.loads, full.loads, never.loads] == [1, 2, 0])
    }

    @Test func `a place that fails is not passed over`() async throws {
        let broken = CountingSource { _ in .failure }
        let other = CountingSource { _ in .success("other", expires: nil) }
        let cache = CredentialCache([broken, other], wallClock: clock.now)
        await expect(.accessDenied) { try await cache.current() }
        #expect(other.loads == 0)
    }

    @Test func `where nothing is found the error names every place`() async throws {
        let empty = CountingSource { _ in .nothing }
        let cache = CredentialCache([empty, empty], wallClock: clock.now)
        do throws(ObjectStoreError) {
            _ = try await cache.current()
            Issue.record("found credentials nowhere")
        } catch {
            #expect(error.description.contains("none found in test, test"))
            #expect(error.description.contains("set AWS_ACCESS_KEY_ID"))
        }
    }
}

/// Answers as told, and counts.
private final class CountingSource: CredentialSource {
    enum Answer {
        case success(String?, expires: Timestamp?)
        case nothing
        case failure
    }

    let name = "test"
    private let count = Mutex(0)
    private let answer: @Sendable (Int) -> Answer

    init(_ answer: @escaping @Sendable (Int) -> Answer) {
        self.answer = answer
    }

    var loads: Int { count.withLock { $0 } }

    func load() async throws(ObjectStoreError) -> AWSCredentials? {
        let load = count.withLock { count in
            count += 1
            return count
        }
        await Task.yield()
        switch answer(load) {
        case .success(let id, let expires):
            return AWSCredentials(
                accessKeyID: id ?? "load \(load)", secretAccessKey: Secret("s"),
                expiration: expires)
        case .nothing: return nil
        case .failure: throw ObjectStoreError(.accessDenied, "broken")
        }
    }
}

/// A clock that stands still until it is moved.
private final class ManualClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    var now: @Sendable () -> Timestamp { { self.time.withLock { $0 } } }

    func `in`(_ duration: Duration) -> Timestamp { now().advanced(by: duration) }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.advanced(by: duration) }
    }
}
